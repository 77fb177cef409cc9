#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "mask_internal.h"

#define TEXT(word)                       \
	{                                \
		(word), sizeof(word) - 1 \
	}

enum { OUT_MAX = 1 << 20, FORMS_MAX = 128, IDS = 4 };

static const struct enc_text value = TEXT("sk-live+/ \"<\\>\?~a:b@c=Zz09%");

/* mask_of() - a sealed mask of some values, with the ids 0, 1 ... */
static struct enc_mask *mask_of(const struct enc_text *values, size_t count)
{
	struct enc_mask *mask = enc_mask_new();

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(enc_mask_add(mask, (uint32_t)i, values[i]), 0);
	}
	enc_mask_seal(mask);
	return mask;
}

static void count_match(void *context, uint32_t id)
{
	unsigned int *counts = context;

	assert_in_range(id, 0, IDS - 1);
	counts[id]++;
}

/* feed() - mask some bytes of a stream, and append what goes on */
static void feed(struct enc_mask_stream *stream, const char *bytes,
		 size_t length, bool end, struct enc_buf *out)
{
	size_t held = enc_mask_held_bytes(stream);
	/* Just as large, so that a sanitizer sees what is beside it. */
	uint8_t *memory = enc_xalloc(held + length + (held + length == 0));
	struct enc_text text;

	memcpy(memory + held, bytes, length);
	text = enc_mask_feed(stream, memory + held, length, end);
	assert_int_equal(enc_buf_append(out, text.bytes, text.length), 0);
	free(memory);
}

/* feed_parts() - mask a text that comes in two parts, or in many of @step */
static void feed_parts(struct enc_mask *mask, struct enc_text text,
		       size_t first, size_t step, unsigned int counts[IDS],
		       struct enc_buf *out)
{
	struct enc_mask_stream stream;
	size_t done = 0;

	memset(counts, 0, IDS * sizeof(counts[0]));
	enc_buf_clear(out);
	enc_mask_stream_init(&stream, mask, count_match, counts);
	while (done < text.length) {
		size_t part = done == 0 && first > 0 ? first : step;

		part = ENC_MIN(part, text.length - done);
		feed(&stream, text.bytes + done, part, false, out);
		done += part;
	}
	feed(&stream, "", 0, true, out);
	assert_int_equal(out->length, text.length);
	enc_mask_stream_done(&stream);
}

/* ---- forms ---- */

/* What an upstream may send back; Python made the texts. */
static const struct echo {
	const char *text;
	size_t lead; /* characters that also encode something else */
	size_t masked;
} echoes[] = {
	{ "sk-live+/ \"<\\>\?~a:b@c=Zz09%", 0, 27 },
	{ "c2stbGl2ZSsvICI8XD4/fmE6YkBjPVp6MDkl", 0, 36 },
	{ "c2stbGl2ZSsvICI8XD4_fmE6YkBjPVp6MDkl", 0, 36 },
	{ "c2stbGl2ZSsvICI8XD4/fmE6YkBjPVp6MDklcQ==", 0, 36 },
	{ "c2stbGl2ZSsvICI8XD4_fmE6YkBjPVp6MDklcQ==", 0, 36 },
	{ "c2stbGl2ZSsvICI8XD4/fmE6YkBjPVp6MDklcnM=", 0, 36 },
	{ "c2stbGl2ZSsvICI8XD4_fmE6YkBjPVp6MDklcnM=", 0, 36 },
	{ "eHNrLWxpdmUrLyAiPFw+P35hOmJAYz1aejA5JQ==", 2, 35 },
	{ "eHNrLWxpdmUrLyAiPFw-P35hOmJAYz1aejA5JQ==", 2, 35 },
	{ "eHNrLWxpdmUrLyAiPFw+P35hOmJAYz1aejA5JXE=", 2, 35 },
	{ "eHNrLWxpdmUrLyAiPFw-P35hOmJAYz1aejA5JXE=", 2, 35 },
	{ "eHNrLWxpdmUrLyAiPFw+P35hOmJAYz1aejA5JXJz", 2, 35 },
	{ "eHNrLWxpdmUrLyAiPFw-P35hOmJAYz1aejA5JXJz", 2, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9+YTpiQGM9WnowOSU=", 3, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9-YTpiQGM9WnowOSU=", 3, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9+YTpiQGM9WnowOSVx", 3, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9-YTpiQGM9WnowOSVx", 3, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9+YTpiQGM9WnowOSVycw==", 3, 35 },
	{ "eXpzay1saXZlKy8gIjxcPj9-YTpiQGM9WnowOSVycw==", 3, 35 },
	{ "736b2d6c6976652b2f20223c5c3e3f7e613a6240633d5a7a303925", 0, 54 },
	{ "736B2D6C6976652B2F20223C5C3E3F7E613A6240633D5A7A303925", 0, 54 },
	{ "%73%6b%2d%6c%69%76%65%2b%2f%20%22%3c%5c%3e%3f%7e%61%3a%62%40"
	  "%63%3d%5a%7a%30%39%25",
	  0, 81 },
	{ "%73%6B%2D%6C%69%76%65%2B%2F%20%22%3C%5C%3E%3F%7E%61%3A%62%40"
	  "%63%3D%5A%7A%30%39%25",
	  0, 81 },
	{ "sk-live%2B%2F%20%22%3C%5C%3E%3F~a%3Ab%40c%3DZz09%25", 0, 51 },
	{ "sk-live%2b%2f%20%22%3c%5c%3e%3f~a%3ab%40c%3dZz09%25", 0, 51 },
	{ "sk-live%2B/%20%22%3C%5C%3E%3F~a%3Ab%40c%3DZz09%25", 0, 49 },
	{ "sk-live%2b/%20%22%3c%5c%3e%3f~a%3ab%40c%3dZz09%25", 0, 49 },
	{ "sk-live+/%20%22%3C%5C%3E\?~a:b@c=Zz09%25", 0, 39 },
	{ "sk-live+/%20%22%3c%5c%3e\?~a:b@c=Zz09%25", 0, 39 },
	{ "sk-live%2B%2F+%22%3C%5C%3E%3F~a%3Ab%40c%3DZz09%25", 0, 49 },
	{ "sk-live%2b%2f+%22%3c%5c%3e%3f~a%3ab%40c%3dZz09%25", 0, 49 },
	{ "sk-live%2B%2F+%22%3C%5C%3E%3F%7Ea%3Ab%40c%3DZz09%25", 0, 51 },
	{ "sk-live%2b%2f+%22%3c%5c%3e%3f%7ea%3ab%40c%3dZz09%25", 0, 51 },
	{ "sk-live+/ \\\"<\\\\>\?~a:b@c=Zz09%", 0, 29 },
	{ "sk-live+\\/ \\\"<\\\\>\?~a:b@c=Zz09%", 0, 30 },
	{ "sk-live+/ \\\"\\u003c\\\\\\u003e\?~a:b@c=Zz09%", 0, 39 },
	{ "sk-live+/ \\\"\\u003C\\\\\\u003E\?~a:b@c=Zz09%", 0, 39 },
	{ "sk-live+/ \\\"\\u003c\\\\\\u003e\?~a:b@c\\u003dZz09%", 0, 44 },
	{ "sk-live+\\/ \\u0022\\u003C\\\\\\u003E\?~a:b@c=Zz09%", 0, 44 },
	{ "sk\\u002Dlive+/ \\u0022\\u003C\\u005C\\u003E\?~a:b@c\\u003DZz09%", 0,
	  57 },
	{ "sk-live+%2F%20%22%3C%5C%3E%3F~a:b@c=Zz09%25", 0, 43 },
	{ "sk-live\\u002B/ \\u0022\\u003C\\\\\\u003E\?~a:b@c=Zz09%", 0, 48 },
	{ "sk-live+%2F%20%22%3C%5C%3E%3F~a:b@c=Zz09%25", 0, 43 },
	{ "sk-live+/%20%22%3C%5C%3E\?~a:b@c%3DZz09%25", 0, 41 },
	{ "sk-live+%2F%20%22%3C%5C%3E%3F~a%3Ab%40c%3DZz09%25", 0, 49 },
	{ "\\u0073\\u006b\\u002d\\u006c\\u0069\\u0076\\u0065\\u002b"
	  "\\u002f\\u0020\\u0022\\u003c\\u005c\\u003e\\u003f\\u007e"
	  "\\u0061\\u003a\\u0062\\u0040\\u0063\\u003d\\u005a\\u007a"
	  "\\u0030\\u0039\\u0025",
	  0, 162 },
	{ "\\u0073\\u006B\\u002D\\u006C\\u0069\\u0076\\u0065\\u002B"
	  "\\u002F\\u0020\\u0022\\u003C\\u005C\\u003E\\u003F\\u007E"
	  "\\u0061\\u003A\\u0062\\u0040\\u0063\\u003D\\u005A\\u007A"
	  "\\u0030\\u0039\\u0025",
	  0, 162 },
};

static void test_every_form(void **state)
{
	struct enc_mask *mask = mask_of(&value, 1);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(echoes); i++) {
		const struct echo *echo = &echoes[i];
		size_t length = strlen(echo->text);
		enc_autofree char *text = enc_xprintf("<%s>", echo->text);
		enc_autofree char *expected = enc_xstrdup(text);
		unsigned int counts[IDS] = { 0 };

		memset(expected + 1 + echo->lead, '*', echo->masked);
		enc_mask_in_place(mask, (uint8_t *)text, length + 2,
				  count_match, counts);
		assert_string_equal(text, expected);
		assert_int_equal(counts[0], 1);
	}
	(void)enc_mask_unref(mask);
}

static void test_every_split(void **state)
{
	struct enc_mask *mask = mask_of(&value, 1);
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(echoes); i++) {
		const struct echo *echo = &echoes[i];
		enc_autofree char *text =
			enc_xprintf("ab\n%s\r%s cd", echo->text, echo->text);
		struct enc_text whole = { text, strlen(text) };
		enc_autofree char *expected = enc_xstrdup(text);
		unsigned int counts[IDS];

		memset(expected + 3 + echo->lead, '*', echo->masked);
		memset(expected + 4 + strlen(echo->text) + echo->lead, '*',
		       echo->masked);
		for (size_t first = 0; first <= whole.length; first++) {
			feed_parts(mask, whole, first,
				   first == 0 ? 1 : whole.length, counts, &out);
			assert_memory_equal(enc_buf_bytes(&out), expected,
					    whole.length);
			assert_int_equal(counts[0], 2);
		}
	}
	(void)enc_mask_unref(mask);
}

static void test_what_can_be_added(void **state)
{
	static char longest[ENC_MASK_VALUE_MAX_BYTES + 1];
	struct enc_text text = { longest, sizeof(longest) };
	struct enc_mask *mask = enc_mask_new();
	struct enc_mask *full = enc_mask_new();

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(enc_mask_hold_bytes(NULL), 0);
	assert_int_equal(enc_mask_hold_bytes(mask), 0);
	assert_int_equal(enc_mask_add(mask, 0, text), -EINVAL);
	text.length = ENC_MASK_VALUE_MIN_BYTES - 1;
	assert_int_equal(enc_mask_add(mask, 0, text), -EINVAL);
	assert_int_equal(enc_mask_add(mask, 0, value), 0);
	assert_int_equal(enc_mask_hold_bytes(mask), 512);
	/* The longest form has 512 bytes, then 516. */
	text.length = 85;
	assert_int_equal(enc_mask_add(mask, 0, text), 0);
	assert_int_equal(enc_mask_hold_bytes(mask), 512);
	text.length = 86;
	assert_int_equal(enc_mask_add(mask, 0, text), 0);
	assert_int_equal(enc_mask_hold_bytes(mask), 1024);
	text.length = ENC_MASK_VALUE_MAX_BYTES;
	assert_int_equal(enc_mask_add(mask, 0, text), 0);
	assert_int_equal(enc_mask_hold_bytes(mask), ENC_MASK_HOLD_MAX_BYTES);
	longest[3] = '\n';
	assert_int_equal(enc_mask_add(mask, 0, text), -EINVAL);
	longest[3] = '\r';
	assert_int_equal(enc_mask_add(mask, 0, text), -EINVAL);
	(void)enc_mask_unref(mask);
	text.length = ENC_MASK_VALUE_MIN_BYTES;
	longest[3] = 'b';
	for (uint32_t i = 0; i < ENC_MASK_VALUES_MAX; i++) {
		longest[0] = (char)('0' + i);
		assert_int_equal(enc_mask_add(full, i, text), 0);
	}
	assert_int_equal(enc_mask_add(full, 0, text), -E2BIG);
	(void)enc_mask_unref(full);
}

/* Basic is masked as a whole, as it is or in another encoding. */
static void test_binding(void **state)
{
	static const struct enc_binding binding = {
		.mask = true,
		.injection = ENC_INJECTION_BASIC,
		.username = TEXT("Aladdin"),
		.secret = TEXT("open sesame open"),
	};
	static const char text[] = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZSBvcGVu "
				   "open sesame open "
				   "%51%57xhZGRp";
	struct enc_binding other = binding;
	struct enc_mask *mask = enc_mask_new();
	unsigned int counts[IDS] = { 0 };
	uint8_t copy[sizeof(text)];

	(void)state;
	assert_int_equal(enc_mask_add_binding(mask, 2, &binding), 0);
	enc_mask_seal(mask);
	memcpy(copy, text, sizeof(text));
	enc_mask_in_place(mask, copy, sizeof(text), count_match, counts);
	assert_string_equal((char *)copy,
			    "Basic ******************************** "
			    "**************** "
			    "%51%57xhZGRp");
	assert_int_equal(counts[2], 2);
	(void)enc_mask_unref(mask);
	other.mask = false;
	mask = enc_mask_new();
	assert_int_equal(enc_mask_add_binding(mask, 2, &other), 0);
	enc_mask_seal(mask);
	assert_int_equal(enc_mask_hold_bytes(mask), 0);
	(void)enc_mask_unref(mask);
}

/* ---- several values ---- */

static void assert_masked(const struct enc_text *values, size_t count,
			  const char *text, const char *expected,
			  unsigned int first, unsigned int second)
{
	struct enc_mask *mask = mask_of(values, count);
	enc_autofree char *copy = enc_xstrdup(text);
	struct enc_text whole = { text, strlen(text) };
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);
	unsigned int counts[IDS] = { 0 };

	enc_mask_in_place(mask, (uint8_t *)copy, whole.length, count_match,
			  counts);
	assert_string_equal(copy, expected);
	assert_int_equal(counts[0], first);
	assert_int_equal(counts[1], second);
	for (size_t step = 1; step <= whole.length; step++) {
		feed_parts(mask, whole, 0, step, counts, &out);
		assert_memory_equal(enc_buf_bytes(&out), expected,
				    whole.length);
		assert_int_equal(counts[0], first);
		assert_int_equal(counts[1], second);
	}
	(void)enc_mask_unref(mask);
}

static void test_overlaps(void **state)
{
	static const struct enc_text inside[] = { TEXT("0123456789abcdefXYZ"),
						  TEXT("123456789abcdefX") };
	static const struct enc_text behind[] = { TEXT("0123456789abcdef"),
						  TEXT("456789abcdefghij") };
	static const struct enc_text same[] = { TEXT("0123456789abcdef"),
						TEXT("0123456789abcdef") };
	static const struct enc_text one = TEXT("aaaaaaaaaaaaaaaa");

	(void)state;
	assert_masked(inside, 2, ".0123456789abcdefXYZ.123456789abcdefX.",
		      ".*******************.****************.", 1, 2);
	assert_masked(inside, 2, ".0123456789abcdefX.", ".0****************.",
		      0, 1);
	assert_masked(behind, 2, ".0123456789abcdefghij.",
		      ".********************.", 1, 1);
	assert_masked(behind, 2, ".0123456789abcdefghi.",
		      ".****************ghi.", 1, 0);
	assert_masked(same, 2, "0123456789abcdef0123456789abcdef",
		      "********************************", 2, 0);
	assert_masked(&one, 1, "aaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaa",
		      "*******************.aaaaaaaaaaaaaaa", 1, 0);
	/* More matches than a search remembers. */
	assert_masked(&one, 1,
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "aaaaaaaa.",
		      "********************************************************"
		      "********.",
		      1, 0);
	assert_masked(&one, 1, "aaaaaaaaaaaaaaa\naaaaaaaaaaaaaaa",
		      "aaaaaaaaaaaaaaa\naaaaaaaaaaaaaaa", 0, 0);
}

/* ---- what is held back ---- */

/* trace() - how much is released after each byte */
static void trace(struct enc_mask *mask, struct enc_text text, size_t *ret)
{
	struct enc_mask_stream stream;
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);

	enc_mask_stream_init(&stream, mask, NULL, NULL);
	for (size_t i = 0; i < text.length; i++) {
		feed(&stream, text.bytes + i, 1, false, &out);
		ret[i] = out.length;
	}
	enc_mask_stream_done(&stream);
}

/*
 * Bytes go on by the place of the last line end, whether they begin a value,
 * are one, or have nothing of it.
 */
static void test_holding_tells_nothing(void **state)
{
	struct enc_mask *mask = mask_of(&value, 1);
	char text[2048];
	size_t released[sizeof(text)];
	size_t last = 0;

	(void)state;
	for (size_t prefix = 0; prefix <= value.length; prefix++) {
		memset(text, 'x', sizeof(text));
		for (size_t at = 0; at + value.length < sizeof(text);
		     at += 37) {
			memcpy(text + at, value.bytes, prefix);
		}
		memset(text + 700, '\n', 1);
		memset(text + 900, '\r', 1);
		trace(mask, (struct enc_text){ text, sizeof(text) }, released);
		last = 0;
		for (size_t i = 0; i < sizeof(text); i++) {
			if (i == 700 || i == 900) {
				last = i + 1;
			}
			assert_int_equal(released[i],
					 ENC_MAX(last, i < 512 ? 0 : i - 511));
		}
	}
	(void)enc_mask_unref(mask);
}

/* ---- against the simplest search ---- */

struct list {
	size_t count;
	struct enc_buf forms[FORMS_MAX];
};

static int list_form(void *context, const struct enc_mask_form *form)
{
	struct list *list = context;

	assert_in_range(list->count, 0, FORMS_MAX - 1);
	list->forms[list->count] = ENC_BUF(1024);
	return enc_buf_append(&list->forms[list->count++], form->bytes,
			      form->length);
}

static void mask_simply(const struct list *list, struct enc_text text,
			char *expected)
{
	memcpy(expected, text.bytes, text.length);
	for (size_t i = 0; i < list->count; i++) {
		const struct enc_buf *form = &list->forms[i];

		for (size_t at = 0; at + form->length <= text.length; at++) {
			if (memcmp(text.bytes + at, enc_buf_bytes(form),
				   form->length) == 0) {
				memset(expected + at, '*', form->length);
			}
		}
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* write_random() - letters of a small alphabet, forms and parts of them */
static size_t write_random(const struct list *list, char *text, size_t length,
			   uint32_t *seed)
{
	static const char letters[] = "abab\n%\\";
	size_t done = 0;

	while (done < length) {
		const struct enc_buf *form =
			&list->forms[next_random(seed) % list->count];
		const uint8_t *bytes = enc_buf_bytes(form);
		size_t from = next_random(seed) % 3 * form->length / 5;
		size_t part = form->length - from;

		if (next_random(seed) % 4 == 0) {
			part -= next_random(seed) % part;
		}
		if (next_random(seed) % 2 == 0) {
			text[done++] = letters[next_random(seed) % 7];
			continue;
		}
		part = ENC_MIN(part, length - done);
		memcpy(text + done, bytes + from, part);
		done += part;
	}
	return done;
}

static void test_random(void **state)
{
	uint32_t seed = 1;
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);

	(void)state;
	for (int round = 0; round < 300; round++) {
		static struct list list;
		char values[2][136];
		struct enc_text texts[2];
		char text[3000];
		char expected[sizeof(text)];
		struct enc_text whole = { text, sizeof(text) };
		struct enc_mask *mask;
		unsigned int once[IDS];
		unsigned int counts[IDS];

		list.count = 0;
		for (size_t i = 0; i < 2; i++) {
			texts[i].bytes = values[i];
			texts[i].length = 16 + next_random(&seed) % 120;
			for (size_t k = 0; k < texts[i].length; k++) {
				values[i][k] = "aab/"[next_random(&seed) %
						      (round % 2 == 0 ? 3 : 4)];
			}
			assert_int_equal(enc_mask_forms(texts[i], list_form,
							&list),
					 0);
		}
		mask = mask_of(texts, 2);
		(void)write_random(&list, text, sizeof(text), &seed);
		mask_simply(&list, whole, expected);
		feed_parts(mask, whole, 0, whole.length, once, &out);
		assert_memory_equal(enc_buf_bytes(&out), expected,
				    whole.length);
		for (size_t step = 1; step < 700; step = step * 3 + 1) {
			feed_parts(mask, whole, next_random(&seed) % 600, step,
				   counts, &out);
			assert_memory_equal(enc_buf_bytes(&out), expected,
					    whole.length);
			assert_memory_equal(counts, once, sizeof(once));
		}
		memset(counts, 0, sizeof(counts));
		enc_mask_in_place(mask, (uint8_t *)text, sizeof(text),
				  count_match, counts);
		assert_memory_equal(text, expected, sizeof(text));
		assert_memory_equal(counts, once, sizeof(once));
		for (size_t i = 0; i < list.count; i++) {
			enc_buf_done(&list.forms[i]);
		}
		(void)enc_mask_unref(mask);
	}
}

/* Chunks that are searched in pieces, and forms longer than a piece. */
static void test_long(void **state)
{
	static char secret[ENC_BINDING_SECRET_MAX_BYTES];
	static char text[300000];
	static char expected[sizeof(text)];
	const struct enc_text long_value = { secret, sizeof(secret) };
	struct enc_text whole = { text, sizeof(text) };
	struct enc_mask *mask;
	unsigned int counts[IDS];
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(secret); i++) {
		secret[i] = (char)('a' + i * i % 23);
	}
	mask = mask_of(&long_value, 1);
	memset(text, '.', sizeof(text));
	for (size_t i = 0; i < sizeof(secret); i++) {
		(void)snprintf(text + 60000 + 6 * i, 7, "\\u%04x", secret[i]);
		(void)snprintf(text + 130000 + 2 * i, 3, "%02X", secret[i]);
	}
	text[60000 + 6 * sizeof(secret)] = '.';
	text[130000 + 2 * sizeof(secret)] = '.';
	memcpy(expected, text, sizeof(text));
	memset(expected + 60000, '*', 6 * sizeof(secret));
	memset(expected + 130000, '*', 2 * sizeof(secret));
	for (size_t step = 30000; step <= sizeof(text); step += 90000) {
		feed_parts(mask, whole, 1, step, counts, &out);
		assert_memory_equal(enc_buf_bytes(&out), expected,
				    sizeof(text));
		assert_int_equal(counts[0], 2);
	}
	(void)enc_mask_unref(mask);
}

/* ---- another mask while bytes are held ---- */

static void assert_out(const struct enc_buf *out, const char *text)
{
	assert_int_equal(out->length, strlen(text));
	assert_memory_equal(enc_buf_bytes(out), text, strlen(text));
}

static void feed_text(struct enc_mask_stream *stream, const char *text,
		      struct enc_buf *out)
{
	feed(stream, text, strlen(text), false, out);
}

static void test_replace(void **state)
{
	static const struct enc_text values[] = { TEXT("old-old-old-old-"),
						  TEXT("new-new-new-new-") };
	struct enc_mask *old = mask_of(values, 1);
	struct enc_mask *both = mask_of(values, 2);
	struct enc_mask_stream stream;
	unsigned int counts[IDS] = { 0 };
	ENC_AUTO(buf) out = ENC_BUF(OUT_MAX);

	(void)state;
	enc_mask_stream_init(&stream, NULL, count_match, counts);
	feed_text(&stream, "old-old-old-old-", &out);
	assert_out(&out, "old-old-old-old-");
	enc_buf_clear(&out);
	enc_mask_stream_replace(&stream, old);
	feed_text(&stream, "old-old-old-old- new-new-", &out);
	assert_out(&out, "");
	/* What the old mask found stays masked, and is counted once. */
	enc_mask_stream_replace(&stream, both);
	feed_text(&stream, "new-new- old-old-", &out);
	enc_mask_stream_replace(&stream, old);
	feed_text(&stream, "old-old- new-new-", &out);
	enc_mask_stream_replace(&stream, NULL);
	assert_out(&out, "");
	feed_text(&stream, "new-new-", &out);
	assert_out(&out, "**************** **************** "
			 "**************** new-new-new-new-");
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 1);
	feed(&stream, "", 0, true, &out);
	enc_mask_stream_done(&stream);
	(void)enc_mask_unref(old);
	(void)enc_mask_unref(both);
}

/* A stream goes on after its end, and keeps its mask alive. */
static void test_end(void **state)
{
	struct enc_mask *mask = mask_of(&value, 1);
	struct enc_mask_stream stream;
	ENC_AUTO(buf) out = ENC_BUF(32);

	(void)state;
	enc_mask_stream_init(&stream, mask, NULL, NULL);
	(void)enc_mask_unref(mask);
	feed_text(&stream, "sk-live+/ \"<\\>", &out);
	feed(&stream, "", 0, true, &out);
	assert_out(&out, "sk-live+/ \"<\\>");
	enc_buf_clear(&out);
	feed(&stream, "\?~a:b@c=Zz09%", strlen("\?~a:b@c=Zz09%"), true, &out);
	assert_out(&out, "\?~a:b@c=Zz09%");
	enc_mask_stream_done(&stream);
}

/* ---- JSON ---- */

#define DIGITS "1234567890123456"
#define STARS "****************"

static const struct json_row {
	const char *text;
	const char *masked;
	unsigned int count; /* of DIGITS */
} json_rows[] = {
	{ "\"" DIGITS "\"", "\"" STARS "\"", 1 },
	{ "[" DIGITS ",1" DIGITS ",\"x" DIGITS "y\"]",
	  "[" DIGITS ",1" DIGITS ",\"x" STARS "y\"]", 1 },
	{ "{\"" DIGITS "\":{\"a\":\"" DIGITS DIGITS "\"}}",
	  "{\"" STARS "\":{\"a\":\"" STARS STARS "\"}}", 3 },
	{ "[\"12345678\",\"90123456\"]", "[\"12345678\",\"90123456\"]", 0 },
	{ "\"\\n" DIGITS "\\\"\"", "\"\\n" STARS "\\\"\"", 1 },
	{ "\"\\u0031"
	  "234567890123456\\\\\"",
	  "\"*********************\\\\\"", 1 },
	{ "\"\\\\u003112345\\\"" DIGITS "\"", "\"\\\\u003112345\\\"" STARS "\"",
	  1 },
	{ "\"\\ud83d\\ude00" DIGITS "\"", "\"\\ud83d\\ude00" STARS "\"", 1 },
	{ "\"\\u00e4\xc3\xa4" DIGITS "\"", "\"\\u00e4\xc3\xa4" STARS "\"", 1 },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t" DIGITS "\"",
	  "\"\\\"\\\\\\/\\b\\f\\n\\r\\t" STARS "\"", 1 },
	/* The second value, whose last byte is a backslash. */
	{ "\"0123456789abcde\\\\\"", "\"*****************\"", 0 },
	{ "\"0123456789abcde\\\"\"", "\"0123456789abcde\\\"\"", 0 },
	{ "\"0123456789abcde\\u005C\\\"\"", "\"*********************\\\"\"",
	  0 },
	{ "", "", 0 },
};

static void test_json(void **state)
{
	static const struct enc_text values[] = { TEXT(DIGITS),
						  TEXT("0123456789abcde\\") };
	struct enc_mask *mask = mask_of(values, 2);

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(json_rows); i++) {
		const struct json_row *row = &json_rows[i];
		enc_autofree char *text = enc_xstrdup(row->text);
		size_t length = strlen(text);
		unsigned int counts[IDS] = { 0 };

		print_message("%s\n", text);
		assert_int_equal(length == 0
					 ? ENC_JSON_FINE
					 : enc_json_check(text, length, NULL),
				 ENC_JSON_FINE);
		enc_mask_json(NULL, (uint8_t *)text, length, NULL, NULL);
		assert_string_equal(text, row->text);
		enc_mask_json(mask, (uint8_t *)text, length, count_match,
			      counts);
		assert_string_equal(text, row->masked);
		assert_int_equal(counts[0], row->count);
	}
	(void)enc_mask_unref(mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form),
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_what_can_be_added),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_holding_tells_nothing),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
