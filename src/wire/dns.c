#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dns.h"

enum {
	HEADER_BYTES = 12,
	LABEL_MAX = 63,
	ESCAPE_BYTES = 4,
	NAME_MAX_WIRE = 255,
	OPCODE_MASK = 0x78,
	RESPONSE = 0x80,
	AUTHORITATIVE = 0x04,
	RECURSION_DESIRED = 0x01,
	RECURSION_AVAILABLE = 0x80,
	TTL_SECONDS = 5,
};

static uint16_t number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* put_char() - append a byte of a name: in lower case, or escaped as \ddd */
static void put_char(char *text, size_t *at, uint8_t c)
{
	bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		     c == '-' || c == '_';

	if (c >= 'A' && c <= 'Z') {
		c = (uint8_t)(c - 'A' + 'a');
		plain = true;
	}
	ENC_ASSERT(*at + ESCAPE_BYTES < ENC_DNS_NAME_BYTES);
	if (plain) {
		text[(*at)++] = (char)c;
	} else {
		(void)snprintf(text + *at, ESCAPE_BYTES + 1, "\\%03u", c);
		*at += ESCAPE_BYTES;
	}
}

/* read_name() - read a whole name. Return: its bytes; 0 if it is malformed */
static size_t read_name(const uint8_t *bytes, size_t length, char *ret_text)
{
	size_t taken = 0;
	size_t at = 0;

	while (taken < length && bytes[taken] != 0) {
		size_t label = bytes[taken++];

		/* The root label after the last one takes one byte more. */
		if (label > LABEL_MAX || label > length - taken ||
		    taken + label >= NAME_MAX_WIRE) {
			return 0;
		}
		if (at > 0) {
			ret_text[at++] = '.';
		}
		for (size_t i = 0; i < label; i++) {
			put_char(ret_text, &at, bytes[taken + i]);
		}
		taken += label;
	}
	ret_text[at] = '\0';
	return taken < length ? taken + 1 : 0;
}

int enc_dns_parse(const uint8_t *bytes, size_t length,
		  struct enc_dns_question *ret_question,
		  unsigned int *ret_rcode)
{
	struct enc_dns_question question = { .length = HEADER_BYTES };
	size_t name;

	if (length < HEADER_BYTES || (bytes[2] & RESPONSE) != 0) {
		return -EBADMSG;
	}
	*ret_rcode = ENC_DNS_NOTIMP;
	if ((bytes[2] & OPCODE_MASK) != 0) {
		return -EPROTO;
	}
	*ret_rcode = ENC_DNS_FORMERR;
	if (number(bytes + 4) != 1 || number(bytes + 6) != 0) {
		return -EPROTO;
	}
	name = read_name(bytes + HEADER_BYTES, length - HEADER_BYTES,
			 question.name);
	if (name == 0 || length - HEADER_BYTES - name < 4) {
		return -EPROTO;
	}
	question.type = number(bytes + HEADER_BYTES + name);
	question.class = number(bytes + HEADER_BYTES + name + 2);
	question.length = HEADER_BYTES + name + 4;
	*ret_question = question;
	return 0;
}

/* put_header() - write an answer's header; @questions, @answers: 0 or 1 */
static void put_header(const uint8_t *query, unsigned int rcode,
		       unsigned int questions, unsigned int answers,
		       uint8_t *ret_bytes)
{
	memset(ret_bytes, 0, HEADER_BYTES);
	ret_bytes[0] = query[0];
	ret_bytes[1] = query[1];
	ret_bytes[2] =
		RESPONSE | AUTHORITATIVE | (query[2] & RECURSION_DESIRED);
	ret_bytes[3] = (uint8_t)(RECURSION_AVAILABLE | rcode);
	ret_bytes[5] = (uint8_t)questions;
	ret_bytes[7] = (uint8_t)answers;
}

size_t enc_dns_answer(const uint8_t *query,
		      const struct enc_dns_question *question,
		      unsigned int rcode, const uint8_t v4[4],
		      uint8_t *ret_bytes)
{
	/* 0xc00c points to the question's name, at offset 12 (RFC 1035,
	 * section 4.1.4). */
	const uint8_t record[] = { 0xc0, HEADER_BYTES, 0, ENC_DNS_A, 0, 1, 0, 0,
				   0,	 TTL_SECONDS,  0, 4 };
	size_t length = question->length;

	memcpy(ret_bytes, query, length);
	put_header(query, rcode, 1, v4 == NULL ? 0 : 1, ret_bytes);
	if (v4 != NULL) {
		memcpy(ret_bytes + length, record, sizeof(record));
		memcpy(ret_bytes + length + sizeof(record), v4, 4);
		length += sizeof(record) + 4;
	}
	return length;
}

size_t enc_dns_refuse(const uint8_t *query, unsigned int rcode,
		      uint8_t *ret_bytes)
{
	put_header(query, rcode, 0, 0, ret_bytes);
	return HEADER_BYTES;
}
