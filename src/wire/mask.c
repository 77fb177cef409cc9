#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mask_internal.h"
#include "random.h"

enum {
	/*
	 * One window of WINDOW bytes, from each STEP-th place on, is within the
	 * last TAIL bytes of each form.
	 */
	WINDOW = 13,
	STEP = 4,
	TAIL = WINDOW + STEP - 1,
	WORD = 8,
	FILTER_BITS = 17,
	HEAD_BITS = 11,
	HOLD_MIN_BYTES = 512,
	/* More than all forms of 64 secrets of 8 KiB have. */
	FORMS_MAX_BYTES = 64 << 20,
	FORMS_MAX = 64 * ENC_MASK_VALUES_MAX,
	NONE = UINT16_MAX,
};

static_assert(TAIL - ENC_MASK_VALUE_MIN_BYTES <= 0, "no form is shorter");
static_assert(FORMS_MAX * STEP < UINT16_MAX, "entries have numbers of 16 bits");
static_assert(ENC_MASK_VALUE_MAX_BYTES * 6 <= ENC_MASK_HOLD_MAX_BYTES,
	      "the longest form can be held");
static_assert((ENC_BINDING_USERNAME_MAX_BYTES + 1 +
	       ENC_BINDING_SECRET_MAX_BYTES + 2) /
			      3 * 4 <=
		      ENC_MASK_VALUE_MAX_BYTES,
	      "Basic of the longest secret can be added");

struct form {
	uint32_t at; /* in the mask's bytes */
	uint32_t length;
	unsigned int slot;
};

/* One of the windows at the end of a form. */
struct entry {
	uint64_t hash;
	uint16_t next; /* entry of the same head, or NONE */
	uint16_t form;
	uint16_t after; /* bytes of the form behind the window */
};

struct enc_mask {
	unsigned int references;
	bool sealed;
	uint64_t keys[2];
	unsigned int values;
	unsigned int slots;
	uint32_t ids[ENC_MASK_VALUES_MAX];
	struct enc_buf bytes; /* of all forms */
	struct form *forms;
	size_t form_count;
	size_t form_room;
	size_t longest; /* form */
	struct entry *entries;
	uint64_t filter[(1 << FILTER_BITS) / 64]; /* a bit per hash's top */
	uint16_t heads[1 << HEAD_BITS];
};

struct enc_mask *enc_mask_new(void)
{
	struct enc_mask *mask = enc_xalloc(sizeof(*mask));

	mask->references = 1;
	mask->bytes = ENC_BUF_SECRET(FORMS_MAX_BYTES);
	enc_random_bytes(mask->keys, sizeof(mask->keys));
	return mask;
}

struct enc_mask *enc_mask_ref(struct enc_mask *mask)
{
	if (mask != NULL) {
		mask->references++;
	}
	return mask;
}

struct enc_mask *enc_mask_unref(struct enc_mask *mask)
{
	if (mask == NULL || --mask->references > 0) {
		return NULL;
	}
	enc_buf_done(&mask->bytes);
	if (mask->entries != NULL) {
		explicit_bzero(mask->entries, mask->form_count * STEP *
						      sizeof(*mask->entries));
	}
	free(mask->entries);
	free(mask->forms);
	explicit_bzero(mask, sizeof(*mask));
	free(mask);
	return NULL;
}

/* ---- adding ---- */

static const uint8_t *bytes_of(const struct enc_mask *mask,
			       const struct form *form)
{
	return enc_buf_bytes(&mask->bytes) + form->at;
}

static bool has_form(const struct enc_mask *mask, const uint8_t *bytes,
		     size_t length)
{
	for (size_t i = 0; i < mask->form_count; i++) {
		const struct form *form = &mask->forms[i];

		if (form->length == length &&
		    memcmp(bytes_of(mask, form), bytes, length) == 0) {
			return true;
		}
	}
	return false;
}

/* make_form_room() - have room for one more form */
static void make_form_room(struct enc_mask *mask)
{
	struct form *larger;

	if (mask->form_count < mask->form_room) {
		return;
	}
	mask->form_room = ENC_MAX(2 * mask->form_room, (size_t)64);
	larger = enc_xalloc(mask->form_room * sizeof(*larger));
	if (mask->form_count > 0) {
		memcpy(larger, mask->forms, mask->form_count * sizeof(*larger));
	}
	free(mask->forms);
	mask->forms = larger;
}

/* add_form() - add a form of the latest id, unless there is an equal one */
static int add_form(void *context, const uint8_t *bytes, size_t length)
{
	struct enc_mask *mask = context;
	struct form form = { .at = (uint32_t)mask->bytes.length,
			     .length = (uint32_t)length };
	int r;

	if (has_form(mask, bytes, length)) {
		return 0;
	}
	ENC_ASSERT(mask->form_count < FORMS_MAX && length >= TAIL);
	r = enc_buf_append(&mask->bytes, bytes, length);
	if (r == 0) {
		make_form_room(mask);
		form.slot = mask->slots - 1;
		mask->forms[mask->form_count++] = form;
		mask->longest = ENC_MAX(mask->longest, length);
	}
	return r;
}

int enc_mask_add(struct enc_mask *mask, uint32_t id, struct enc_text value)
{
	ENC_ASSERT(!mask->sealed);
	if (value.length < ENC_MASK_VALUE_MIN_BYTES ||
	    value.length > ENC_MASK_VALUE_MAX_BYTES ||
	    memchr(value.bytes, '\n', value.length) != NULL ||
	    memchr(value.bytes, '\r', value.length) != NULL) {
		return -EINVAL;
	}
	if (mask->values == ENC_MASK_VALUES_MAX) {
		return -E2BIG;
	}
	mask->values++;
	/* Values of one id are added one behind the other. */
	if (mask->slots == 0 || mask->ids[mask->slots - 1] != id) {
		mask->ids[mask->slots++] = id;
	}
	return enc_mask_forms(value, add_form, mask);
}

/* add_basic() - add what stands behind "Basic", without padding */
static int add_basic(struct enc_mask *mask, uint32_t id,
		     const struct enc_binding *binding)
{
	static const char prefix[] = "Authorization: Basic ";
	ENC_AUTO(buf) line = ENC_BUF_SECRET(ENC_MASK_VALUE_MAX_BYTES);
	struct enc_text value;
	int r = enc_binding_credential(binding, &line);

	if (r < 0) {
		return r;
	}
	value.bytes = (const char *)enc_buf_bytes(&line) + strlen(prefix);
	value.length = line.length - strlen(prefix) - strlen("\r\n");
	while (value.bytes[value.length - 1] == '=') {
		value.length--;
	}
	return enc_mask_add(mask, id, value);
}

int enc_mask_add_binding(struct enc_mask *mask, uint32_t id,
			 const struct enc_binding *binding)
{
	int r;

	if (!binding->mask || binding->injection == ENC_INJECTION_NONE) {
		return 0;
	}
	r = enc_mask_add(mask, id, binding->secret);
	if (r == 0 && binding->injection == ENC_INJECTION_BASIC) {
		r = add_basic(mask, id, binding);
	}
	return r;
}

/* ---- the search ---- */

static inline uint64_t load(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * hash_of() - hash a window (NH of UMAC, RFC 4418, section 5.2, of two words
 * that overlap); the top bits are the best
 */
static inline uint64_t hash_of(const uint8_t *window, const uint64_t keys[2])
{
	return (load(window) + keys[0]) *
	       (load(window + WINDOW - WORD) + keys[1]);
}

static inline size_t filter_bit(uint64_t hash)
{
	return hash >> (64 - FILTER_BITS);
}

static inline size_t head_of(uint64_t hash)
{
	return hash >> (64 - FILTER_BITS - HEAD_BITS) & ((1 << HEAD_BITS) - 1);
}

/* add_windows() - add the entries of a form */
static void add_windows(struct enc_mask *mask, size_t number)
{
	const struct form *form = &mask->forms[number];

	for (size_t after = 0; after < STEP; after++) {
		size_t index = number * STEP + after;
		struct entry *entry = &mask->entries[index];
		uint64_t hash = hash_of(bytes_of(mask, form) + form->length -
						after - WINDOW,
					mask->keys);
		size_t bit = filter_bit(hash);

		*entry = (struct entry){ .hash = hash,
					 .next = mask->heads[head_of(hash)],
					 .form = (uint16_t)number,
					 .after = (uint16_t)after };
		mask->heads[head_of(hash)] = (uint16_t)index;
		mask->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

void enc_mask_seal(struct enc_mask *mask)
{
	ENC_ASSERT(!mask->sealed);
	mask->sealed = true;
	memset(mask->heads, 0xff, sizeof(mask->heads));
	mask->entries = enc_xalloc(ENC_MAX(mask->form_count, (size_t)1) * STEP *
				   sizeof(*mask->entries));
	for (size_t i = 0; i < mask->form_count; i++) {
		add_windows(mask, i);
	}
}

size_t enc_mask_hold_bytes(const struct enc_mask *mask)
{
	size_t hold = HOLD_MIN_BYTES;

	if (mask == NULL || mask->form_count == 0) {
		return 0;
	}
	while (hold < mask->longest) {
		hold *= 2;
	}
	return hold;
}

uint32_t enc_mask_id(const struct enc_mask *mask, unsigned int slot)
{
	return mask->ids[slot];
}

unsigned int enc_mask_slots(const struct enc_mask *mask)
{
	return mask == NULL ? 0 : mask->slots;
}

/* Some bytes that are searched. */
struct hunt {
	const struct enc_mask *mask;
	const uint8_t *bytes;
	size_t length;
	enc_mask_found_fn *found;
	void *context;
};

/* check_end() - report the forms that have this window and end here */
static void check_end(const struct hunt *hunt, uint64_t hash, size_t after,
		      size_t end)
{
	const struct enc_mask *mask = hunt->mask;

	for (uint16_t i = mask->heads[head_of(hash)]; i != NONE;
	     i = mask->entries[i].next) {
		const struct entry *entry = &mask->entries[i];
		const struct form *form = &mask->forms[entry->form];

		if (entry->hash == hash && entry->after == after &&
		    form->length <= end &&
		    memcmp(hunt->bytes + end - form->length,
			   bytes_of(mask, form), form->length) == 0) {
			hunt->found(hunt->context, end - form->length, end,
				    form->slot);
		}
	}
}

/* check_window() - report forms by their end, whatever the place of windows */
static void check_window(const struct hunt *hunt, uint64_t hash, size_t at)
{
	for (size_t after = 0; after < STEP; after++) {
		size_t end = at + WINDOW + after;

		if (end <= hunt->length) {
			check_end(hunt, hash, after, end);
		}
	}
}

size_t enc_mask_scan(const struct enc_mask *mask, const uint8_t *bytes,
		     size_t length, size_t from, enc_mask_found_fn *found,
		     void *context)
{
	const struct hunt hunt = { mask, bytes, length, found, context };
	const uint64_t keys[2] = { mask->keys[0], mask->keys[1] };
	size_t at = from;

	ENC_ASSERT(mask->sealed);
	for (; at + WINDOW <= length; at += STEP) {
		uint64_t hash = hash_of(bytes + at, keys);
		size_t bit = filter_bit(hash);

		if ((mask->filter[bit / 64] >> bit % 64 & 1) != 0) {
			check_window(&hunt, hash, at);
		}
	}
	/* A form may have bytes behind the last window that haven't come. */
	return at > from && at - STEP + TAIL > length ? at - STEP : at;
}
