/*
 * Masks of many values of many lengths, whose forms share the rows of the
 * search, in texts of several regions, against the simplest search.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mask_internal.h"

enum {
	ROUNDS = 24,
	VALUES = 24,
	IDS = 8,
	FORMS = 56 * VALUES,
	LONG_BYTES = 8192,
	TEXT_BYTES = 40000,
	HASHES = 1 << 12,
	KEY_BYTES = 8, /* of a form that are hashed */
};

static uint32_t seed = 1;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* A mask, and its forms by their first bytes. */
struct known {
	struct enc_mask *mask;
	size_t count;
	struct form {
		uint8_t *bytes;
		size_t length;
		int next;
	} forms[FORMS];
	int heads[HASHES];
};

static int *head_of(struct known *known, const uint8_t *bytes)
{
	uint64_t key;

	memcpy(&key, bytes, KEY_BYTES);
	return &known->heads[key * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

static int add_form(void *context, const struct enc_mask_form *form)
{
	struct known *known = context;
	struct form *added = &known->forms[known->count];
	int *head = head_of(known, form->bytes);

	assert_in_range(known->count, 0, FORMS - 1);
	added->bytes = enc_xalloc(form->length);
	memcpy(added->bytes, form->bytes, form->length);
	added->length = form->length;
	added->next = *head;
	*head = (int)known->count++;
	return 0;
}

/* value_length() - lengths around the windows', some longer, now and then 8K */
static size_t value_length(unsigned int round)
{
	if (round % 6 == 0 && next_random(12) == 0) {
		return LONG_BYTES - next_random(9);
	}
	return 16 + next_random(next_random(4) == 0 ? 300 : 30);
}

static void make_known(struct known *known, unsigned int round)
{
	static const char *const alphabets[] = { "a", "ab", "%\\u0\"/ ",
						 "0123456789abcdef",
						 "ABCdef123-_.~+&=<" };
	const char *letters = alphabets[next_random(ENC_COUNT(alphabets))];
	size_t values = 1 + next_random(VALUES);

	known->mask = enc_mask_new();
	known->count = 0;
	memset(known->heads, -1, sizeof(known->heads));
	for (size_t i = 0; i < values; i++) {
		char text[LONG_BYTES];
		struct enc_text value = { text, value_length(round) };

		for (size_t k = 0; k < value.length; k++) {
			text[k] =
				letters[next_random((uint32_t)strlen(letters))];
		}
		assert_int_equal(enc_mask_add(known->mask,
					      (uint32_t)(i * IDS / values),
					      value),
				 0);
		assert_int_equal(enc_mask_forms(value, add_form, known), 0);
	}
	enc_mask_seal(known->mask);
}

static void free_known(struct known *known)
{
	for (size_t i = 0; i < known->count; i++) {
		free(known->forms[i].bytes);
	}
	known->mask = enc_mask_unref(known->mask);
}

/* write_text() - forms, their ends and beginnings, and what lies between */
static void write_text(const struct known *known, uint8_t *text)
{
	uint32_t gap = next_random(4) == 0 ? 4000 : 60;
	size_t done = 0;

	while (done < TEXT_BYTES) {
		const struct form *form =
			&known->forms[next_random((uint32_t)known->count)];
		size_t from = next_random(3) == 0 ? form->length / 3 : 0;
		size_t part = form->length - from;
		size_t between = next_random(2) == 0 ? next_random(gap) : 0;

		part -= next_random(6) == 0 ? 1 : 0;
		part = ENC_MIN(part, TEXT_BYTES - done);
		memcpy(text + done, form->bytes + from, part);
		done += part;
		between = ENC_MIN(between, TEXT_BYTES - done);
		for (; between > 0; between--) {
			text[done++] = (uint8_t)next_random(256);
		}
	}
}

/* mark_simply() - mark the forms that are in a part of a text */
static void mark_simply(struct known *known, const uint8_t *text, size_t from,
			size_t to, bool *marks)
{
	for (size_t at = from; at + ENC_MASK_VALUE_MIN_BYTES <= to; at++) {
		for (int i = *head_of(known, text + at); i >= 0;
		     i = known->forms[i].next) {
			const struct form *form = &known->forms[i];

			if (form->length <= to - at &&
			    memcmp(text + at, form->bytes, form->length) == 0) {
				memset(marks + at, 1, form->length);
			}
		}
	}
}

static void count_match(void *context, uint32_t id)
{
	unsigned int *counts = context;

	assert_in_range(id, 0, IDS - 1);
	counts[id]++;
}

static void assert_marked(const uint8_t *out, const uint8_t *text,
			  const bool *marks, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		assert_int_equal(out[i], marks[i] ? '*' : text[i]);
	}
}

/* feed() - mask some bytes, in memory that is just as large. Return: how many
 * went on */
static size_t feed(struct enc_mask_stream *stream, const uint8_t *bytes,
		   size_t length, bool end, uint8_t *out)
{
	size_t held = enc_mask_held_bytes(stream);
	enc_autofree uint8_t *memory = enc_xalloc(held + length);
	struct enc_text text;

	memcpy(memory + held, bytes, length);
	text = enc_mask_feed(stream, memory + held, length, end);
	memcpy(out, text.bytes, text.length);
	return text.length;
}

/* next_part() - how much to feed: @step, or any length for 0 */
static size_t next_part(size_t step, size_t left)
{
	size_t part = step > 0 ? step : 1 + next_random(5000);

	return ENC_MIN(part, left);
}

static void feed_steps(struct known *known, const uint8_t *text, size_t step,
		       unsigned int counts[IDS], uint8_t *out)
{
	struct enc_mask_stream stream;
	size_t part;
	size_t released = 0;

	memset(counts, 0, IDS * sizeof(counts[0]));
	enc_mask_stream_init(&stream, known->mask, count_match, counts);
	for (size_t done = 0; done < TEXT_BYTES; done += part) {
		part = next_part(step, TEXT_BYTES - done);
		released += feed(&stream, text + done, part,
				 done + part == TEXT_BYTES, out + released);
	}
	assert_int_equal(released, TEXT_BYTES);
	enc_mask_stream_done(&stream);
}

static void test_many(void **state)
{
	static const size_t steps[] = { TEXT_BYTES, 0,	  1,	33,   511,
					512,	    513,  2047, 2048, 2049,
					4095,	    8193, 16384 };
	static struct known known;
	static uint8_t text[TEXT_BYTES];
	static uint8_t out[TEXT_BYTES];
	static bool marks[TEXT_BYTES];

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int once[IDS] = { 0 };
		unsigned int counts[IDS];

		make_known(&known, round);
		write_text(&known, text);
		memset(marks, 0, sizeof(marks));
		mark_simply(&known, text, 0, TEXT_BYTES, marks);
		memcpy(out, text, sizeof(out));
		enc_mask_in_place(known.mask, out, sizeof(out), count_match,
				  once);
		assert_marked(out, text, marks, sizeof(out));
		for (size_t i = 0; i < ENC_COUNT(steps); i++) {
			if (steps[i] == 1 &&
			    enc_mask_hold_bytes(known.mask) > 1024) {
				continue; /* it would take long */
			}
			feed_steps(&known, text, steps[i], counts, out);
			assert_marked(out, text, marks, sizeof(out));
			assert_memory_equal(counts, once, sizeof(once));
		}
		free_known(&known);
	}
}

/* Held bytes are searched anew, and what was found in them stays masked. */
static void test_many_masks(void **state)
{
	static struct known known[2];
	static uint8_t text[TEXT_BYTES];
	static uint8_t out[TEXT_BYTES];
	static bool marks[TEXT_BYTES];

	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct enc_mask_stream stream;
		size_t from = 0; /* where the search with this mask began */
		size_t released = 0;
		unsigned int now = 0;
		size_t part;

		make_known(&known[0], round);
		make_known(&known[1], round);
		write_text(&known[round % 2], text);
		memset(marks, 0, sizeof(marks));
		enc_mask_stream_init(&stream, known[0].mask, NULL, NULL);
		for (size_t done = 0; done < TEXT_BYTES; done += part) {
			part = next_part(0, TEXT_BYTES - done);
			released +=
				feed(&stream, text + done, part,
				     done + part == TEXT_BYTES, out + released);
			if (next_random(3) > 0 && done + part < TEXT_BYTES) {
				continue;
			}
			mark_simply(&known[now], text, from, done + part,
				    marks);
			from = released;
			now = 1 - now;
			enc_mask_stream_replace(&stream, known[now].mask);
		}
		assert_int_equal(released, TEXT_BYTES);
		assert_marked(out, text, marks, sizeof(out));
		enc_mask_stream_done(&stream);
		free_known(&known[0]);
		free_known(&known[1]);
	}
}

/* Each length has a step of its own, and may end where a region does. */
static void test_ends(void **state)
{
	enum { REGION = 2048, AROUND = 40 };
	static uint8_t text[2 * REGION];

	(void)state;
	for (size_t length = 16; length <= 64; length++) {
		char bytes[64];
		struct enc_text value = { bytes, length };
		struct enc_mask *mask = enc_mask_new();

		for (size_t i = 0; i < length; i++) {
			bytes[i] = (char)('a' + i * i % 23);
		}
		assert_int_equal(enc_mask_add(mask, 0, value), 0);
		enc_mask_seal(mask);
		for (size_t end = REGION - AROUND; end < REGION + AROUND;
		     end++) {
			memset(text, '.', sizeof(text));
			memcpy(text + end - length, bytes, length);
			enc_mask_in_place(mask, text, sizeof(text), NULL, NULL);
			for (size_t i = 0; i < length; i++) {
				assert_int_equal(text[end - 1 - i], '*');
			}
			assert_int_equal(text[end], '.');
		}
		(void)enc_mask_unref(mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_masks),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
