#ifndef ENC_API_BINDING_REQUEST_H
#define ENC_API_BINDING_REQUEST_H

/*
 * Reads the body of a request about a service binding, and writes the record
 * that the vault seals. No error repeats a value of the request, because the
 * secret may be in the wrong member.
 */

#include <jansson.h>

#include "buf.h"
#include "store.h"

/**
 * enc_binding_request_read() - put the members of a body into a row
 * @body:       fits its schema; a missing member leaves the row as it is
 * @row:        complete except for the body's members; it owns the new texts
 * @ret_record: gets the record of the row with the body's secret; should be a
 *              secret buffer
 *
 * Return: ENC_OK; ENC_BAD_REQUEST, naming the member
 */
ENC_NODISCARD enum enc_code
enc_binding_request_read(const json_t *body, struct enc_store_binding *row,
			 struct enc_buf *ret_record, struct enc_error *err);

#endif
