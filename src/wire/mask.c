#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mask_internal.h"
#include "random.h"

enum {
	STEP = 4,
	STEP_MAX = 16,
	WORD = 8,
	PAIR = 2 * WORD,
	KEYS = 10, /* two for each pair of words of the longest window */
	FILTER_BITS = 17,
	HEAD_BITS = 11,
	HOLD_MIN_BYTES = 512,
	/* More than all forms of 64 secrets of 8 KiB have. */
	FORMS_MAX_BYTES = 64 << 20,
	FORMS_MAX = 48 * ENC_MASK_VALUES_MAX,
	NONE = UINT16_MAX,
};

/*
 * Windows that are looked at: of so many bytes, with an end at each step-th
 * place. So one is within the last bytes + step - 1 bytes of a form. A form has
 * the longest windows that its length allows: then they have most of it also
 * where a byte of the value takes six.
 */
static const struct window_row {
	uint8_t bytes;
	uint8_t step;
} windows[] = {
	{ 13, 4 },  /* the shortest value as it is: 16 bytes */
	{ 17, 4 },  /* as base64: 20 */
	{ 26, 4 },  /* as hex digits: 32 */
	{ 39, 8 },  /* percent-encoded: 48 */
	{ 78, 16 }, /* \u00xx: 96 */
};

static_assert(FORMS_MAX * STEP_MAX < UINT16_MAX,
	      "entries have numbers of 16 bits");
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
	unsigned int window; /* row of `windows` */
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
	uint64_t keys[KEYS];
	unsigned int values;
	unsigned int slots;
	uint32_t ids[ENC_MASK_VALUES_MAX];
	struct enc_buf bytes; /* of all forms */
	struct form *forms;
	size_t form_count;
	size_t form_room;
	size_t longest; /* form */
	size_t entry_count;
	struct entry *entries;
	bool looks[ENC_COUNT(windows)]; /* whether a form has these windows */
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
		explicit_bzero(mask->entries,
			       mask->entry_count * sizeof(*mask->entries));
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

/* window_of() - the row of the windows that a form has */
static unsigned int window_of(size_t length)
{
	unsigned int row = 0;

	for (unsigned int i = 1; i < ENC_COUNT(windows); i++) {
		if (windows[i].bytes + windows[i].step - 1U <= length) {
			row = i;
		}
	}
	return row;
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
	ENC_ASSERT(mask->form_count < FORMS_MAX &&
		   length >= ENC_MASK_VALUE_MIN_BYTES);
	r = enc_buf_append(&mask->bytes, bytes, length);
	if (r == 0) {
		make_form_room(mask);
		form.slot = mask->slots - 1;
		form.window = window_of(length);
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
 * hash_of() - hash a window (NH of UMAC, RFC 4418, section 5.2; the last words
 * overlap); the top bits are the best
 */
static inline uint64_t hash_of(const uint8_t *window, size_t bytes,
			       const uint64_t keys[KEYS])
{
	uint64_t hash = 0;

	if (bytes < PAIR) {
		return (load(window) + keys[0]) *
		       (load(window + bytes - WORD) + keys[1]);
	}
	for (size_t at = 0; at < bytes; at += PAIR) {
		const uint8_t *pair = window + ENC_MIN(at, bytes - PAIR);

		hash += (load(pair) + keys[at / WORD]) *
			(load(pair + WORD) + keys[at / WORD + 1]);
	}
	return hash;
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
	const struct window_row *row = &windows[form->window];

	mask->looks[form->window] = true;
	for (size_t after = 0; after < row->step; after++) {
		struct entry *entry = &mask->entries[mask->entry_count];
		uint64_t hash = hash_of(bytes_of(mask, form) + form->length -
						after - row->bytes,
					row->bytes, mask->keys);
		size_t bit = filter_bit(hash);

		*entry = (struct entry){ .hash = hash,
					 .next = mask->heads[head_of(hash)],
					 .form = (uint16_t)number,
					 .after = (uint16_t)after };
		mask->heads[head_of(hash)] = (uint16_t)mask->entry_count++;
		mask->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

void enc_mask_seal(struct enc_mask *mask)
{
	ENC_ASSERT(!mask->sealed);
	mask->sealed = true;
	memset(mask->heads, 0xff, sizeof(mask->heads));
	mask->entries = enc_xalloc(ENC_MAX(mask->form_count, (size_t)1) *
				   STEP_MAX * sizeof(*mask->entries));
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
static void check_end(const struct hunt *hunt, unsigned int window,
		      uint64_t hash, size_t after, size_t end)
{
	const struct enc_mask *mask = hunt->mask;

	for (uint16_t i = mask->heads[head_of(hash)]; i != NONE;
	     i = mask->entries[i].next) {
		const struct entry *entry = &mask->entries[i];
		const struct form *form = &mask->forms[entry->form];

		if (entry->hash == hash && entry->after == after &&
		    form->window == window && form->length <= end &&
		    memcmp(hunt->bytes + end - form->length,
			   bytes_of(mask, form), form->length) == 0) {
			hunt->found(hunt->context, end - form->length, end,
				    form->slot);
		}
	}
}

/* check_window() - report the forms that have this window, by their ends */
static void check_window(const struct hunt *hunt, unsigned int window,
			 uint64_t hash, size_t end)
{
	for (size_t after = 0; after < windows[window].step; after++) {
		if (end + after <= hunt->length) {
			check_end(hunt, window, hash, after, end + after);
		}
	}
}

/* look() - look at the window of a row that ends at a place */
static inline void look(const struct hunt *hunt, unsigned int window,
			size_t end)
{
	const struct enc_mask *mask = hunt->mask;
	size_t bytes = windows[window].bytes;
	uint64_t hash;
	size_t bit;

	if (!mask->looks[window] || end < bytes) {
		return;
	}
	hash = hash_of(hunt->bytes + end - bytes, bytes, mask->keys);
	bit = filter_bit(hash);
	if ((mask->filter[bit / 64] >> bit % 64 & 1) != 0) {
		check_window(hunt, window, hash, end);
	}
}

size_t enc_mask_scan(const struct enc_mask *mask, const uint8_t *bytes,
		     size_t length, size_t from, enc_mask_found_fn *found,
		     void *context)
{
	const struct hunt hunt = { mask, bytes, length, found, context };

	ENC_ASSERT(mask->sealed && from <= length);
	for (size_t end = from; end <= length; end += STEP) {
		/* Row by row, so that each has a hash of its own length. */
		look(&hunt, 0, end);
		look(&hunt, 1, end);
		look(&hunt, 2, end);
		if ((end - from) % windows[3].step == 0) {
			look(&hunt, 3, end);
		}
		if ((end - from) % windows[4].step == 0) {
			look(&hunt, 4, end);
		}
	}
	/* A form may end behind the last window, with bytes still to come. */
	return length - (length - from) % STEP_MAX;
}
