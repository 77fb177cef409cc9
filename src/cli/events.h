#ifndef ENC_CLI_EVENTS_H
#define ENC_CLI_EVENTS_H

/*
 * What an audit bundle says, as JSON values. Whether it is to be believed is
 * the verifier's question (audit/audit_verify.h); ask it first. Pure.
 */

#include <stddef.h>

#include <jansson.h>

#include "err.h"

/**
 * enc_events_load() - the lines of a bundle, without its first
 *
 * Return: ENC_OK with a new reference, an array of objects; BAD_REQUEST with
 * the number of the line that is not one
 */
ENC_NODISCARD enum enc_code enc_events_load(const void *bundle, size_t length,
					    json_t **ret_events,
					    struct enc_error *err);

/* enc_events_types() - new reference: array of the lines' types, in order */
json_t *enc_events_types(const json_t *events);

/* enc_events_find() - borrowed data of the first event of a type, or NULL */
json_t *enc_events_find(const json_t *events, const char *type);

/* enc_events_head() - hash of the last line, borrowed; "" if there is none */
const char *enc_events_head(const json_t *events);

/**
 * enc_events_denied() - refused destinations, summed up
 *
 * Return: new reference: array of {host, port, proto, rule, count}, one for
 * each host and port, in the order of their first attempt
 */
json_t *enc_events_denied(const json_t *events);

/* enc_events_print_denied() - a line each for people, at most @max of them */
void enc_events_print_denied(const json_t *events, size_t max, const char *hint,
			     FILE *out);

#endif
