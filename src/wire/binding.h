#ifndef ENC_WIRE_BINDING_H
#define ENC_WIRE_BINDING_H

/*
 * A service binding as bytes. enclave-api writes them, the vault seals them, a
 * gate obeys them. Everything that decides where a secret goes is in them.
 *
 * Bytes, version 1: u8 1; u64 version; u8 flags (1: tls, 2: mask); u8
 * injection; u16 port; u32 requests per minute; texts (u16 length, bytes):
 * organisation, id, name, host, base path, header, username, secret; then two
 * lists (u16 count, texts): methods, paths. Numbers are big endian.
 *
 * The parser copies nothing: its result points into the parsed bytes. A record
 * with a malformed part is refused as a whole.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "message.h"

enum {
	ENC_BINDING_NAME_MAX_BYTES = 63, /* a DNS label */
	ENC_BINDING_ID_MAX_BYTES = 64,
	ENC_BINDING_PATH_MAX_BYTES = 1024,
	ENC_BINDING_HEADER_MAX_BYTES = 128,
	ENC_BINDING_USERNAME_MAX_BYTES = 255,
	ENC_BINDING_SECRET_MAX_BYTES = 8192,
	ENC_BINDING_METHOD_MAX_BYTES = 32,
	/* A shorter secret can't be masked without masking other text. */
	ENC_BINDING_MASKED_MIN_BYTES = 16,
	ENC_BINDING_METHODS_MAX = 16,
	ENC_BINDING_PATHS_MAX = 64,
	ENC_BINDING_RATE_MAX = 1000000,
	/* Bytes of the largest record. */
	ENC_BINDING_MAX_BYTES = 96 * 1024,
	ENC_BINDINGS_MAX = 32, /* of one session */
};

enum enc_injection {
	ENC_INJECTION_INVALID,
	ENC_INJECTION_NONE,   /* no credential; the secret is empty */
	ENC_INJECTION_BEARER, /* Authorization: Bearer SECRET */
	ENC_INJECTION_HEADER, /* HEADER: SECRET */
	ENC_INJECTION_BASIC,  /* Authorization: Basic of USERNAME:SECRET */
	ENC_INJECTION_MAX,
};

/* Members that the injection doesn't use are empty. */
struct enc_binding {
	uint64_t version; /* from 1; grows with each change */
	bool tls;	  /* https, else http */
	bool mask;	  /* mask the secret where it comes back */
	enum enc_injection injection;
	uint16_t port;	     /* of the upstream; never 0 */
	uint32_t rate;	     /* requests per minute; 0: any number */
	struct enc_text org; /* visible ASCII, like the id */
	struct enc_text id;
	/*
	 * NAME.svc.enclave.internal: 1 to 63 lower-case letters, digits and
	 * hyphens, with no hyphen at either end.
	 */
	struct enc_text name;
	/* Canonical host name (host_name.h), or address as of inet_ntop(). */
	struct enc_text host;
	/*
	 * Path in front of the program's: "", or a path that
	 * enc_binding_allows() takes, without a slash at its end.
	 */
	struct enc_text base;
	/*
	 * HEADER: letters, digits and hyphens; not a header that frames or
	 * routes a message.
	 */
	struct enc_text header;
	struct enc_text username; /* UTF-8 without colon and controls */
	/* Printable ASCII, with no space at either end. */
	struct enc_text secret;
	/* Scope; an empty list allows all. */
	size_t method_count;
	/* Upper-case letters and hyphens; never CONNECT or TRACE. */
	struct enc_text methods[ENC_BINDING_METHODS_MAX];
	size_t path_count;
	/*
	 * "/v1/models" allows that path alone. "/v1/" with a "*" behind it
	 * allows each path that begins with "/v1/". An asterisk anywhere else
	 * is refused.
	 */
	struct enc_text paths[ENC_BINDING_PATHS_MAX];
};

/*
 * enc_injection_name() - "none", "bearer", "header", "basic"
 * enc_injection_parse() - the reverse; false for another word
 */
const char *enc_injection_name(enum enc_injection injection);
bool enc_injection_parse(const char *word, enum enc_injection *ret_injection);

/**
 * enc_binding_check() - whether a binding may be
 * @ret_why: if not: which member, and what is wrong, static
 *
 * Return: 0 or -EINVAL
 */
ENC_NODISCARD int enc_binding_check(const struct enc_binding *binding,
				    const char **ret_why);

/*
 * enc_binding_write() - append a binding that enc_binding_check() accepts.
 * Return: 0, or -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_binding_write(struct enc_buf *out,
				    const struct enc_binding *binding);

/*
 * enc_binding_parse() - parse a record; it is also malformed if
 * enc_binding_check() refuses it. Return: 0; -EPROTO
 */
ENC_NODISCARD int enc_binding_parse(const uint8_t *bytes, size_t length,
				    struct enc_binding *ret_binding);

/**
 * enc_binding_allows() - whether a request is in scope
 * @path: of the target, without query; as it came, not decoded
 *
 * A method other than upper-case letters and hyphens, CONNECT and TRACE are in
 * no scope. Nor is a path that two servers could understand differently:
 *
 *	one that doesn't begin with "/"; "//"; "." and ".." as a segment
 *	";", and all that RFC 3986 has no place for in a path
 *	"%" without two hex digits; an encoded dot, slash, backslash, percent
 *	sign, question mark, hash, semicolon or control character; encoded
 *	bytes that are no UTF-8
 *
 * That holds for an empty scope, too.
 */
bool enc_binding_allows(const struct enc_binding *binding,
			struct enc_text method, struct enc_text path);

/**
 * enc_binding_credential() - append the header line that has the secret
 * @out: should be a secret buffer
 *
 * Appends one of these, with its CRLF; nothing for ENC_INJECTION_NONE:
 *
 *	Authorization: Bearer SECRET
 *	HEADER: SECRET
 *	Authorization: Basic BASE64
 *
 * Return: 0, or -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_binding_credential(const struct enc_binding *binding,
					 struct enc_buf *out);

#endif
