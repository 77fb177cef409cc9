#include <errno.h>
#include <string.h>

#include "tls_hello.h"

enum {
	RECORD_HEADER_BYTES = 5,
	RECORD_MAX_BYTES = 1 << 14,
	RECORD_HANDSHAKE = 22,
	VERSION_MAJOR = 3,
	MESSAGE_HEADER_BYTES = 4,
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_MAX_BYTES = ENC_TLS_HELLO_MAX_BYTES - RECORD_HEADER_BYTES,
	RANDOM_BYTES = 32,
	SESSION_ID_MAX_BYTES = 32,
	SERVER_NAME = 0,
	NAME_TYPE_HOST = 0,
	ENCRYPTED_CLIENT_HELLO = 0xfe0d,
	ENCRYPTED_SERVER_NAME = 0xffce,
	TYPES = 1 << 16,
};

/* ---- records ---- */

/* The handshake message, put together from the records. */
struct message {
	size_t have;
	size_t want; /* known as soon as its header is there */
	uint8_t bytes[MESSAGE_MAX_BYTES];
};

/*
 * read_record_header() - read the header of a handshake record
 *
 * Each byte is checked as soon as it is there: a client of another protocol may
 * wait for an answer to less than a header.
 *
 * Return: bytes of the record's content; -EAGAIN; -EPROTO
 */
static int read_record_header(const uint8_t *bytes, size_t length)
{
	int content;

	if ((length > 0 && bytes[0] != RECORD_HANDSHAKE) ||
	    (length > 1 && bytes[1] != VERSION_MAJOR)) {
		return -EPROTO;
	}
	if (length < RECORD_HEADER_BYTES) {
		return -EAGAIN;
	}
	content = bytes[3] << 8 | bytes[4];
	return content > 0 && content <= RECORD_MAX_BYTES ? content : -EPROTO;
}

/*
 * add_content() - add what there is of a record's content to the message
 * @content: bytes of the whole content, of which @length are there
 */
static int add_content(struct message *message, const uint8_t *bytes,
		       size_t length, size_t content)
{
	size_t had = message->have;

	/* All contents fit: they are shorter than their records. */
	ENC_ASSERT(length <= MESSAGE_MAX_BYTES - had);
	memcpy(message->bytes + had, bytes, length);
	message->have += length;
	if (message->have > 0 && message->bytes[0] != MESSAGE_CLIENT_HELLO) {
		return -EPROTO;
	}
	if (message->have < MESSAGE_HEADER_BYTES) {
		return 0;
	}
	message->want = MESSAGE_HEADER_BYTES +
			((size_t)message->bytes[1] << 16 |
			 (size_t)message->bytes[2] << 8 | message->bytes[3]);
	if (message->want > MESSAGE_MAX_BYTES) {
		return -EMSGSIZE;
	}
	return content > message->want - had ? -EPROTO : 0;
}

/*
 * read_message() - put the first message together
 *
 * Return: bytes of its records; -EAGAIN; -EPROTO; -EMSGSIZE
 */
static int read_message(const uint8_t *bytes, size_t length,
			struct message *message)
{
	size_t at = 0;

	message->have = 0;
	message->want = MESSAGE_HEADER_BYTES;
	while (message->have < message->want) {
		int content = read_record_header(bytes + at, length - at);
		size_t there;
		int r;

		if (content < 0) {
			return content;
		}
		at += RECORD_HEADER_BYTES;
		there = ENC_MIN((size_t)content, length - at);
		r = add_content(message, bytes + at, there, (size_t)content);
		if (r < 0) {
			return r;
		}
		if (there < (size_t)content) {
			return -EAGAIN;
		}
		at += there;
	}
	return (int)at;
}

/* ---- the message ---- */

/* Bytes of the message that weren't read yet. */
struct rest {
	const uint8_t *at;
	size_t length;
};

static bool take_bytes(struct rest *rest, size_t length, struct rest *ret_taken)
{
	if (length > rest->length) {
		return false;
	}
	*ret_taken = (struct rest){ rest->at, length };
	rest->at += length;
	rest->length -= length;
	return true;
}

/* take_number() - take a big-endian number of @width bytes, at most 2 */
static bool take_number(struct rest *rest, size_t width, size_t *ret_number)
{
	struct rest taken;

	if (!take_bytes(rest, width, &taken)) {
		return false;
	}
	*ret_number = 0;
	for (size_t i = 0; i < width; i++) {
		*ret_number = *ret_number << 8 | taken.at[i];
	}
	return true;
}

/* take_vector() - take a vector, whose length is before it in @width bytes */
static bool take_vector(struct rest *rest, size_t width, struct rest *ret_taken)
{
	size_t length;

	return take_number(rest, width, &length) &&
	       take_bytes(rest, length, ret_taken);
}

/*
 * read_server_name() - read the content of the extension server_name
 *
 * The list has exactly one entry. RFC 6066 allows entries of other types beside
 * the host name, but defines none, and servers differ about them.
 */
static bool read_server_name(struct rest content, char *ret_name)
{
	struct rest list;
	struct rest name;
	size_t type;

	return take_vector(&content, 2, &list) && content.length == 0 &&
	       take_number(&list, 1, &type) && type == NAME_TYPE_HOST &&
	       take_vector(&list, 2, &name) && list.length == 0 &&
	       enc_host_name_read((const char *)name.at, name.length,
				  ret_name) == 0;
}

static bool read_extensions(struct rest extensions, struct enc_tls_hello *hello)
{
	uint8_t seen[TYPES / 8] = { 0 };

	while (extensions.length > 0) {
		struct rest content;
		size_t type;
		uint8_t bit;

		if (!take_number(&extensions, 2, &type) ||
		    !take_vector(&extensions, 2, &content)) {
			return false;
		}
		bit = (uint8_t)(1U << type % 8);
		if ((seen[type / 8] & bit) != 0) {
			return false;
		}
		seen[type / 8] |= bit;
		if (type == SERVER_NAME &&
		    !read_server_name(content, hello->name)) {
			return false;
		}
		hello->encrypted |= type == ENCRYPTED_CLIENT_HELLO ||
				    type == ENCRYPTED_SERVER_NAME;
	}
	return true;
}

/* read_hello() - read a ClientHello without the header of the message */
static bool read_hello(struct rest body, struct enc_tls_hello *hello)
{
	struct rest random;
	struct rest session;
	struct rest ciphers;
	struct rest compressions;
	struct rest extensions;
	size_t version;

	if (!take_number(&body, 2, &version) || version >> 8 != VERSION_MAJOR ||
	    !take_bytes(&body, RANDOM_BYTES, &random) ||
	    !take_vector(&body, 1, &session) ||
	    session.length > SESSION_ID_MAX_BYTES ||
	    !take_vector(&body, 2, &ciphers) || ciphers.length == 0 ||
	    ciphers.length % 2 != 0 || !take_vector(&body, 1, &compressions) ||
	    compressions.length == 0) {
		return false;
	}
	if (body.length == 0) {
		/* A client of TLS 1.2 may end here (RFC 5246, 7.4.1.2). */
		return true;
	}
	return take_vector(&body, 2, &extensions) && body.length == 0 &&
	       read_extensions(extensions, hello);
}

int enc_tls_hello_parse(const uint8_t *bytes, size_t length,
			struct enc_tls_hello *ret_hello)
{
	struct enc_tls_hello hello = { .name = "" };
	struct message message;
	int r = read_message(bytes, ENC_MIN(length, ENC_TLS_HELLO_MAX_BYTES),
			     &message);

	if (r == -EAGAIN && length >= ENC_TLS_HELLO_MAX_BYTES) {
		return -EMSGSIZE;
	}
	if (r < 0) {
		return r;
	}
	hello.length = (size_t)r;
	if (!read_hello((struct rest){ message.bytes + MESSAGE_HEADER_BYTES,
				       message.want - MESSAGE_HEADER_BYTES },
			&hello)) {
		return -EPROTO;
	}
	*ret_hello = hello;
	return 0;
}
