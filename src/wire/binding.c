#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base64.h"
#include "binding.h"
#include "host_name.h"

enum {
	FORMAT = 1,
	FLAG_TLS = 1 << 0,
	FLAG_MASK = 1 << 1,
	FLAGS = FLAG_TLS | FLAG_MASK,
	FIXED_BYTES = 1 + 8 + 1 + 1 + 2 + 4,
	TEXTS_MAX = 8,
};

static_assert(FIXED_BYTES + 2 * ENC_BINDING_ID_MAX_BYTES +
			      ENC_BINDING_NAME_MAX_BYTES + ENC_HOST_NAME_BYTES +
			      ENC_BINDING_PATH_MAX_BYTES +
			      ENC_BINDING_HEADER_MAX_BYTES +
			      ENC_BINDING_USERNAME_MAX_BYTES +
			      ENC_BINDING_SECRET_MAX_BYTES + 2 * TEXTS_MAX + 2 +
			      ENC_BINDING_METHODS_MAX *
				      (2 + ENC_BINDING_METHOD_MAX_BYTES) +
			      2 +
			      ENC_BINDING_PATHS_MAX *
				      (2 + ENC_BINDING_PATH_MAX_BYTES) <=
		      ENC_BINDING_MAX_BYTES,
	      "the largest record has room");

static const char *const injection_names[ENC_INJECTION_MAX] = {
	[ENC_INJECTION_INVALID] = "invalid", [ENC_INJECTION_NONE] = "none",
	[ENC_INJECTION_BEARER] = "bearer",   [ENC_INJECTION_HEADER] = "header",
	[ENC_INJECTION_BASIC] = "basic",
};

const char *enc_injection_name(enum enc_injection injection)
{
	ENC_ASSERT(injection < ENC_INJECTION_MAX);
	return injection_names[injection];
}

bool enc_injection_parse(const char *word, enum enc_injection *ret_injection)
{
	for (int i = ENC_INJECTION_NONE; i < ENC_INJECTION_MAX; i++) {
		if (strcmp(word, injection_names[i]) == 0) {
			*ret_injection = (enum enc_injection)i;
			return true;
		}
	}
	return false;
}

/* ---- writing ---- */

static int put_number(struct enc_buf *out, uint64_t value, size_t length)
{
	uint64_t big_endian = htobe64(value);

	return enc_buf_append(out,
			      (const uint8_t *)&big_endian + sizeof(value) -
				      length,
			      length);
}

static int put_texts(struct enc_buf *out, const struct enc_text *texts,
		     size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		ENC_ASSERT(texts[i].length <= UINT16_MAX);
		r = put_number(out, texts[i].length, 2);
		r = r < 0 ? r
			  : enc_buf_append(out, texts[i].bytes,
					   texts[i].length);
	}
	return r;
}

static int put_list(struct enc_buf *out, const struct enc_text *texts,
		    size_t count)
{
	int r = put_number(out, count, 2);

	return r < 0 ? r : put_texts(out, texts, count);
}

static int put_numbers(struct enc_buf *out, const struct enc_binding *binding)
{
	const struct {
		uint64_t value;
		size_t length;
	} numbers[] = {
		{ FORMAT, 1 },
		{ binding->version, 8 },
		{ (binding->tls ? FLAG_TLS : 0U) |
			  (binding->mask ? FLAG_MASK : 0U),
		  1 },
		{ binding->injection, 1 },
		{ binding->port, 2 },
		{ binding->rate, 4 },
	};
	int r = 0;

	for (size_t i = 0; i < ENC_COUNT(numbers) && r == 0; i++) {
		r = put_number(out, numbers[i].value, numbers[i].length);
	}
	return r;
}

int enc_binding_write(struct enc_buf *out, const struct enc_binding *binding)
{
	const struct enc_text texts[] = {
		binding->org,	   binding->id,	    binding->name,
		binding->host,	   binding->base,   binding->header,
		binding->username, binding->secret,
	};
	size_t before = out->length;
	int r = put_numbers(out, binding);

	r = r < 0 ? r : put_texts(out, texts, ENC_COUNT(texts));
	r = r < 0 ? r : put_list(out, binding->methods, binding->method_count);
	r = r < 0 ? r : put_list(out, binding->paths, binding->path_count);
	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}

/* ---- reading: the cursor remembers whether anything was malformed ---- */

struct cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static uint64_t get_number(struct cursor *in, size_t length)
{
	uint64_t value = 0;

	if (in->left < length) {
		in->bad = true;
		in->left = 0;
		return 0;
	}
	for (size_t i = 0; i < length; i++) {
		value = value << 8 | in->at[i];
	}
	in->at += length;
	in->left -= length;
	return value;
}

static struct enc_text get_text(struct cursor *in)
{
	size_t length = (size_t)get_number(in, 2);
	struct enc_text text = { (const char *)in->at, length };

	if (in->left < length) {
		in->bad = true;
		in->left = 0;
		return (struct enc_text){ "", 0 };
	}
	in->at += length;
	in->left -= length;
	return text;
}

static size_t get_list(struct cursor *in, struct enc_text *ret_texts,
		       size_t max)
{
	size_t count = (size_t)get_number(in, 2);

	if (count > max) {
		in->bad = true;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		ret_texts[i] = get_text(in);
	}
	return count;
}

int enc_binding_parse(const uint8_t *bytes, size_t length,
		      struct enc_binding *ret_binding)
{
	struct cursor in = { .at = bytes, .left = length };
	struct enc_text *const texts[TEXTS_MAX] = {
		&ret_binding->org,	&ret_binding->id,
		&ret_binding->name,	&ret_binding->host,
		&ret_binding->base,	&ret_binding->header,
		&ret_binding->username, &ret_binding->secret,
	};
	uint64_t flags;
	const char *why;

	in.bad |= get_number(&in, 1) != FORMAT;
	ret_binding->version = get_number(&in, 8);
	flags = get_number(&in, 1);
	in.bad |= (flags & ~(uint64_t)FLAGS) != 0;
	ret_binding->tls = (flags & FLAG_TLS) != 0;
	ret_binding->mask = (flags & FLAG_MASK) != 0;
	ret_binding->injection = (enum enc_injection)get_number(&in, 1);
	ret_binding->port = (uint16_t)get_number(&in, 2);
	ret_binding->rate = (uint32_t)get_number(&in, 4);
	for (size_t i = 0; i < TEXTS_MAX; i++) {
		*texts[i] = get_text(&in);
	}
	ret_binding->method_count =
		get_list(&in, ret_binding->methods, ENC_BINDING_METHODS_MAX);
	ret_binding->path_count =
		get_list(&in, ret_binding->paths, ENC_BINDING_PATHS_MAX);
	if (in.bad || in.left > 0) {
		return -EPROTO;
	}
	return enc_binding_check(ret_binding, &why) == 0 ? 0 : -EPROTO;
}

/* ---- the credential ---- */

/* put_all() - append texts that are wiped if they don't all have room */
static int put_all(struct enc_buf *out, const struct enc_text *texts,
		   size_t count)
{
	size_t before = out->length;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		r = enc_buf_append(out, texts[i].bytes, texts[i].length);
	}
	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}

#define WORD(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

static int put_basic(const struct enc_binding *binding, struct enc_buf *out)
{
	const struct enc_text pair[] = { binding->username, WORD(":"),
					 binding->secret };
	ENC_AUTO(buf)
	plain = ENC_BUF_SECRET(ENC_BINDING_USERNAME_MAX_BYTES + 1 +
			       ENC_BINDING_SECRET_MAX_BYTES);
	char *encoded;
	size_t length;
	int r = put_all(&plain, pair, ENC_COUNT(pair));

	if (r < 0) {
		return r;
	}
	encoded = enc_base64_encode(enc_buf_bytes(&plain), plain.length);
	length = strlen(encoded);
	{
		const struct enc_text line[] = {
			WORD("Authorization: Basic "),
			{ encoded, length },
			WORD("\r\n"),
		};

		r = put_all(out, line, ENC_COUNT(line));
	}
	explicit_bzero(encoded, length);
	free(encoded);
	return r;
}

int enc_binding_credential(const struct enc_binding *binding,
			   struct enc_buf *out)
{
	const struct enc_text bearer[] = {
		WORD("Authorization: Bearer "),
		binding->secret,
		WORD("\r\n"),
	};
	const struct enc_text header[] = {
		binding->header,
		WORD(": "),
		binding->secret,
		WORD("\r\n"),
	};

	switch (binding->injection) {
	case ENC_INJECTION_BEARER:
		return put_all(out, bearer, ENC_COUNT(bearer));
	case ENC_INJECTION_HEADER:
		return put_all(out, header, ENC_COUNT(header));
	case ENC_INJECTION_BASIC:
		return put_basic(binding, out);
	case ENC_INJECTION_NONE:
	case ENC_INJECTION_INVALID:
	case ENC_INJECTION_MAX:
		return 0;
	}
	return 0;
}
