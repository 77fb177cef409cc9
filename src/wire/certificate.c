#include <errno.h>
#include <stdbool.h>

#include "certificate.h"

enum {
	INTEGER = 0x02,
	SEQUENCE = 0x30,
	VERSION = 0xa0, /* [0], constructed */
	LONG_FORM = 0x80,
	LENGTH_BYTES_MAX = 4,
};

/* The bytes that are left to read. */
struct cursor {
	const uint8_t *at;
	size_t left;
};

/*
 * open_element() - read tag and length of the next element. Return: whether it
 * has that tag and is there as a whole
 */
static bool open_element(struct cursor *in, uint8_t tag,
			 struct cursor *ret_content)
{
	size_t head = 2;
	size_t length;

	if (in->left < head || in->at[0] != tag) {
		return false;
	}
	length = in->at[1];
	if (length >= LONG_FORM) {
		size_t bytes = length - LONG_FORM;

		if (bytes == 0 || bytes > LENGTH_BYTES_MAX ||
		    in->left < head + bytes) {
			return false;
		}
		length = 0;
		for (size_t i = 0; i < bytes; i++) {
			length = length << 8 | in->at[head + i];
		}
		head += bytes;
	}
	if (length > in->left - head) {
		return false;
	}
	*ret_content = (struct cursor){ in->at + head, length };
	return true;
}

/* skip() - go behind the next element, if it has that tag */
static bool skip(struct cursor *in, uint8_t tag)
{
	struct cursor content;

	if (!open_element(in, tag, &content)) {
		return false;
	}
	in->left -= (size_t)(content.at - in->at) + content.left;
	in->at = content.at + content.left;
	return true;
}

int enc_certificate_subject(const uint8_t *der, size_t length,
			    struct enc_text *ret_subject)
{
	/* Serial number, signature algorithm, issuer, validity. */
	static const uint8_t before[] = { INTEGER, SEQUENCE, SEQUENCE,
					  SEQUENCE };
	struct cursor in = { der, length };
	const uint8_t *begin;

	/* Certificate, and in it TBSCertificate (RFC 5280, section 4.1). */
	for (int depth = 0; depth < 2; depth++) {
		if (!open_element(&in, SEQUENCE, &in)) {
			return -EPROTO;
		}
	}
	(void)skip(&in, VERSION); /* a certificate of version 1 has none */
	for (size_t i = 0; i < sizeof(before); i++) {
		if (!skip(&in, before[i])) {
			return -EPROTO;
		}
	}
	begin = in.at;
	if (!skip(&in, SEQUENCE)) {
		return -EPROTO;
	}
	*ret_subject = (struct enc_text){ (const char *)begin,
					  (size_t)(in.at - begin) };
	return 0;
}
