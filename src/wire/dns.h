#ifndef ENC_WIRE_DNS_H
#define ENC_WIRE_DNS_H

/*
 * The little of DNS (RFC 1035) that a gate needs: one question in, one answer
 * out. Questions are hostile: pure, no allocation, no compression followed
 * (a question that is compressed is malformed).
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	/*
	 * Text with dots, and NUL. A name has 255 bytes on the wire: 4 lengths,
	 * the end, and 250 bytes of labels, each of which may be an escape.
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
	/* Lower case, no trailing dot; bytes outside of a-z 0-9 - _ as \ddd. */
	char name[ENC_DNS_NAME_BYTES];
	uint16_t type;
	uint16_t class;
	size_t length; /* of header and question: what an answer repeats */
};

/**
 * enc_dns_parse() - a query with one question
 * @ret_rcode: on failure: what to answer
 *
 * Return: 0; -EPROTO with @ret_rcode if an answer is possible; -EBADMSG if it
 * is no query at all and deserves none
 */
ENC_NODISCARD int enc_dns_parse(const uint8_t *bytes, size_t length,
				struct enc_dns_question *ret_question,
				unsigned int *ret_rcode);

/**
 * enc_dns_answer() - write the answer to a query
 * @query:    the query's bytes, @question->length of them are repeated
 * @v4:       the A record's address, or NULL for none
 * @ret_bytes: ENC_DNS_ANSWER_BYTES
 *
 * Return: length of the answer
 */
size_t enc_dns_answer(const uint8_t *query,
		      const struct enc_dns_question *question,
		      unsigned int rcode, const uint8_t v4[4],
		      uint8_t *ret_bytes);

/* enc_dns_refuse() - a bare header, for what has no question that parses */
size_t enc_dns_refuse(const uint8_t *query, unsigned int rcode,
		      uint8_t *ret_bytes);

#endif
