#ifndef ENC_WIRE_BINDING_H
#define ENC_WIRE_BINDING_H

/*
 * A service binding as bytes: what enclave-api writes, the vault seals, and a
 * gate obeys. All that decides where a secret goes is in it.
 *
 * Bytes, version 1: u8 1; u64 version; u8 flags; u8 injection; u16 port; u32
 * requests per minute; texts (u16 length, bytes): organisation, id, name, host,
 * base path, header, username, secret; then two lists (u16 count, texts):
 * methods, paths. Numbers are big endian.
 *
 * A parser copies nothing: its result points into the parsed bytes. What is
 * malformed in any part is refused as a whole.
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

struct enc_binding {
	uint64_t version; /* from 1; grows with each change */
	bool tls;	  /* https, else http */
	bool mask;	  /* mask the secret where it comes back */
	enum enc_injection injection;
	uint16_t port; /* of the upstream; never 0 */
	uint32_t rate; /* requests per minute; 0: any number */
	struct enc_text org;
	struct enc_text id;
	struct enc_text
		name; /* NAME.svc.enclave.internal; a lower-case label */
	struct enc_text host; /* canonical host name, or address */
	struct enc_text base; /* path in front of the program's; "" or "/..." */
	struct enc_text header; /* HEADER: a field name (RFC 9110, 5.1) */
	struct enc_text username;
	struct enc_text secret; /* bytes of a field value: no CR, LF, NUL */
	/* Scope; an empty list allows all. */
	size_t method_count;
	struct enc_text methods[ENC_BINDING_METHODS_MAX]; /* upper case */
	size_t path_count;
	/* "/v1/models" is that path; "/v1/" and "*" behind it all below. */
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

/* enc_binding_parse() - parse a record. Return: 0; -EPROTO */
ENC_NODISCARD int enc_binding_parse(const uint8_t *bytes, size_t length,
				    struct enc_binding *ret_binding);

/**
 * enc_binding_allows() - whether a request is in scope
 * @path: of the target, without query; as it came, not decoded
 *
 * A path that two servers could understand differently is in no scope: "." and
 * ".." as a segment, encoded dots, slashes or backslashes, "//", "\", ";", NUL
 * and bytes that aren't visible ASCII. So is any path of this kind if there is
 * no scope at all.
 */
bool enc_binding_allows(const struct enc_binding *binding,
			struct enc_text method, struct enc_text path);

#endif
