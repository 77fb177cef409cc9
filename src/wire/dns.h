#ifndef ENC_WIRE_DNS_H
#define ENC_WIRE_DNS_H

/*
 * The part of DNS (RFC 1035) that a gate needs: read a query with one question,
 * write an answer. Queries may be hostile, so these functions keep no state and
 * allocate nothing. A query with a compressed name is malformed.
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	/*
	 * Room for a name as text, with NUL. A name has at most 255 bytes on
	 * the wire: 4 length bytes, the end, and 250 bytes of labels. Each byte
	 * of a label may become an escape of 4 characters. There are 3 dots.
	 */
	ENC_DNS_NAME_BYTES = 250 * 4 + 3 + 1,
	ENC_DNS_ANSWER_BYTES = 512,
	ENC_DNS_A = 1,
	ENC_DNS_AAAA = 28,
	ENC_DNS_NOERROR = 0,
	ENC_DNS_FORMERR = 1,
	ENC_DNS_NOTIMP = 4,
	ENC_DNS_REFUSED = 5,
};

struct enc_dns_question {
	/* In lower case, without a dot at the end. Bytes other than a-z, 0-9,
	 * - and _ are escaped as \ddd. */
	char name[ENC_DNS_NAME_BYTES];
	uint16_t type;
	uint16_t class;
	/* Bytes of header and question, which the answer repeats. */
	size_t length;
};

/**
 * enc_dns_parse() - parse a query with one question
 * @ret_rcode: set on -EPROTO: the code to answer with
 *
 * Return: 0; -EPROTO if the query must be refused; -EBADMSG if the bytes are no
 * query at all and must not be answered
 */
ENC_NODISCARD int enc_dns_parse(const uint8_t *bytes, size_t length,
				struct enc_dns_question *ret_question,
				unsigned int *ret_rcode);

/**
 * enc_dns_answer() - write the answer to a query
 * @query:     the query's bytes; the first @question->length are repeated
 * @v4:        the address of an A record; NULL: write no record
 * @ret_bytes: has room for ENC_DNS_ANSWER_BYTES
 *
 * Return: length of the answer
 */
size_t enc_dns_answer(const uint8_t *query,
		      const struct enc_dns_question *question,
		      unsigned int rcode, const uint8_t v4[4],
		      uint8_t *ret_bytes);

/*
 * enc_dns_refuse() - write an answer that has only a header, for a query whose
 * question can't be parsed
 *
 * Return: length of the answer
 */
size_t enc_dns_refuse(const uint8_t *query, unsigned int rcode,
		      uint8_t *ret_bytes);

#endif
