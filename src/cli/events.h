#ifndef ENC_CLI_EVENTS_H
#define ENC_CLI_EVENTS_H

/*
 * Reads the events of an audit bundle as JSON values. The bundle isn't
 * verified here: do that first, with audit/audit_verify.h.
 */

#include <stddef.h>

#include <jansson.h>

#include "err.h"

/**
 * enc_events_load() - parse the events of an audit bundle
 * @ret_events: array of JSON objects, a new reference; one for each line of
 *              the bundle except the first, which is a header
 *
 * Return: ENC_OK; ENC_BAD_REQUEST if a line is no JSON object or there are more
 * than 2^20 lines; @err has the number of the line
 */
ENC_NODISCARD enum enc_code enc_events_load(const void *bundle, size_t length,
					    json_t **ret_events,
					    struct enc_error *err);

/* enc_events_types() - make an array of the type of each event, in order */
json_t *enc_events_types(const json_t *events);

/**
 * enc_events_find() - find the first event of a type
 *
 * Return: the "data" of that event, borrowed from @events; NULL if there is no
 * such event
 */
json_t *enc_events_find(const json_t *events, const char *type);

/**
 * enc_events_head() - get the hash of the last event
 *
 * Return: the hash, borrowed from @events; "" if there are no events
 */
const char *enc_events_head(const json_t *events);

/**
 * enc_events_denied() - count refused egress by destination
 *
 * Return: a new reference: array of {host, port, proto, rule, count}, one
 * object for each host and port, in the order of the first attempts
 */
json_t *enc_events_denied(const json_t *events);

/**
 * enc_events_print_denied() - print one line for each refused destination, then
 * one for each refused call of a service
 * @max: number of each to print; one more line counts the others
 */
void enc_events_print_denied(const json_t *events, size_t max, FILE *out);

#endif
