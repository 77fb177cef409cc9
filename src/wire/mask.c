#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mask_internal.h"
#include "random.h"

enum {
	/* A row is looked along for so long, which is a bit per block. */
	BLOCK_BYTES = ENC_MASK_STEP_MAX,
	REGION_BYTES = 64 * BLOCK_BYTES,
	ROWS = ENC_MASK_ROWS,
	WORD = 8,
	PAIR = 2 * WORD,
	KEYS = 10, /* two for each pair of words of the longest window */
	FILTER_BITS = 17,
	HEAD_BITS_MIN = 10,
	HEAD_BITS_MAX = 64 - FILTER_BITS,
	HOLD_MIN_BYTES = 512,
	/* More than all forms of 64 secrets of 8 KiB have. */
	FORMS_MAX_BYTES = 64 << 20,
	FORMS_MAX = 56 * ENC_MASK_VALUES_MAX,
};

static_assert(ROWS == 8, "look() looks along each");
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
	unsigned int row; /* once the mask is sealed */
};

/* One of the windows at the end of a form. */
struct entry {
	uint64_t hash;
	uint32_t next; /* number of another one with this head, or 0 */
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
	struct enc_mask_fit *fits; /* of each form, until the mask is sealed */
	size_t form_count;
	size_t form_room;
	size_t longest; /* form */
	struct enc_mask_row rows[ROWS];
	struct entry *entries; /* numbered from 1 */
	size_t entry_count;
	uint32_t *heads; /* number of the first entry with such a hash */
	unsigned int head_bits;
	uint64_t filter[(1 << FILTER_BITS) / 64]; /* a bit per hash's top */
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
		explicit_bzero(mask->entries, (mask->entry_count + 1) *
						      sizeof(*mask->entries));
	}
	free(mask->entries);
	free(mask->heads);
	free(mask->forms);
	free(mask->fits);
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

static bool has_form(const struct enc_mask *mask,
		     const struct enc_mask_form *form)
{
	for (size_t i = 0; i < mask->form_count; i++) {
		const struct form *other = &mask->forms[i];

		if (other->length == form->length &&
		    memcmp(bytes_of(mask, other), form->bytes, form->length) ==
			    0) {
			return true;
		}
	}
	return false;
}

/* larger() - move an array to a larger one; return that */
static void *larger(void *array, size_t bytes, size_t room_bytes)
{
	void *new = enc_xalloc(room_bytes);

	if (bytes > 0) {
		memcpy(new, array, bytes);
	}
	free(array);
	return new;
}

/* make_form_room() - have room for one more form */
static void make_form_room(struct enc_mask *mask)
{
	size_t count = mask->form_count;

	if (count < mask->form_room) {
		return;
	}
	mask->form_room = ENC_MAX(2 * mask->form_room, (size_t)64);
	mask->forms = larger(mask->forms, count * sizeof(*mask->forms),
			     mask->form_room * sizeof(*mask->forms));
	mask->fits = larger(mask->fits, count * sizeof(*mask->fits),
			    mask->form_room * sizeof(*mask->fits));
}

/* add_form() - add a form of the latest id, unless there is an equal one */
static int add_form(void *context, const struct enc_mask_form *new)
{
	struct enc_mask *mask = context;
	struct form form = { .at = (uint32_t)mask->bytes.length,
			     .length = (uint32_t) new->length };
	int r;

	if (has_form(mask, new)) {
		return 0;
	}
	ENC_ASSERT(mask->form_count < FORMS_MAX &&
		   new->length >= ENC_MASK_VALUE_MIN_BYTES);
	r = enc_buf_append(&mask->bytes, new->bytes, new->length);
	if (r == 0) {
		make_form_room(mask);
		form.slot = mask->slots - 1;
		mask->forms[mask->form_count] = form;
		enc_mask_find_rows(new, &mask->fits[mask->form_count]);
		mask->form_count++;
		mask->longest = ENC_MAX(mask->longest, new->length);
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

static inline size_t head_of(const struct enc_mask *mask, uint64_t hash)
{
	return hash << FILTER_BITS >> (64 - mask->head_bits);
}

/* add_windows() - add the entries of a form */
static void add_windows(struct enc_mask *mask, size_t number)
{
	const struct form *form = &mask->forms[number];
	size_t bytes = enc_mask_window_bytes[form->row];

	for (size_t after = 0; after < mask->rows[form->row].step; after++) {
		uint64_t hash = hash_of(bytes_of(mask, form) + form->length -
						after - bytes,
					bytes, mask->keys);
		uint32_t *head = &mask->heads[head_of(mask, hash)];
		size_t bit = filter_bit(hash);

		mask->entry_count++;
		mask->entries[mask->entry_count] =
			(struct entry){ .hash = hash,
					.next = *head,
					.form = (uint16_t)number,
					.after = (uint16_t)after };
		*head = (uint32_t)mask->entry_count;
		mask->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

void enc_mask_seal(struct enc_mask *mask)
{
	size_t count = 0;

	ENC_ASSERT(!mask->sealed);
	mask->sealed = true;
	enc_mask_choose_rows(mask->fits, mask->form_count, mask->rows);
	for (size_t i = 0; i < mask->form_count; i++) {
		mask->forms[i].row = mask->fits[i].row;
	}
	free(mask->fits);
	mask->fits = NULL;
	for (size_t i = 0; i < mask->form_count; i++) {
		count += mask->rows[mask->forms[i].row].step;
	}
	mask->head_bits = HEAD_BITS_MIN;
	while (UINT64_C(1) << mask->head_bits < count) {
		mask->head_bits++;
	}
	mask->heads = enc_xalloc(sizeof(*mask->heads) << mask->head_bits);
	mask->entries = enc_xalloc((count + 1) * sizeof(*mask->entries));
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

/* may_be_entry() - false for nearly all that aren't */
static inline bool may_be_entry(const struct enc_mask *mask, uint64_t hash)
{
	size_t bit = filter_bit(hash);

	return (mask->filter[bit / 64] >> bit % 64 & 1) != 0;
}

static bool is_entry(const struct enc_mask *mask, uint64_t hash)
{
	uint32_t i = mask->heads[head_of(mask, hash)];

	while (i != 0 && mask->entries[i].hash != hash) {
		i = mask->entries[i].next;
	}
	return i != 0;
}

/* block_of() - the bit of the block that a place is in; 0 behind the region */
static uint64_t block_of(size_t region, size_t at)
{
	return at - region < REGION_BYTES
		       ? UINT64_C(1) << (at - region) / BLOCK_BYTES
		       : 0;
}

/*
 * look_along() - look at the windows of a row that end in a region. Return: a
 * bit for each block in which a form with a right window may end. Inline, so that
 * the length of the windows is a constant
 */
static inline __attribute__((always_inline)) uint64_t
look_along(const struct hunt *hunt, unsigned int number, size_t region)
{
	const struct enc_mask *mask = hunt->mask;
	const size_t bytes = enc_mask_window_bytes[number];
	const size_t step = mask->rows[number].step;
	const size_t stop = ENC_MIN(region + REGION_BYTES - 1, hunt->length);
	size_t end = region;
	uint64_t blocks = 0;

	while (end < bytes) {
		end += step;
	}
	for (; end <= stop; end += step) {
		uint64_t hash =
			hash_of(hunt->bytes + end - bytes, bytes, mask->keys);

		if (may_be_entry(mask, hash) && is_entry(mask, hash)) {
			blocks |= block_of(region, end) |
				  block_of(region, end + step - 1);
		}
	}
	return blocks;
}

/* check_window() - report the forms that have a window and end behind it */
static void check_window(const struct hunt *hunt, unsigned int row,
			 size_t window, size_t after)
{
	const struct enc_mask *mask = hunt->mask;
	const size_t bytes = enc_mask_window_bytes[row];
	const size_t end = window + after;
	uint64_t hash =
		hash_of(hunt->bytes + window - bytes, bytes, mask->keys);

	if (!may_be_entry(mask, hash)) {
		return;
	}
	for (uint32_t i = mask->heads[head_of(mask, hash)]; i != 0;
	     i = mask->entries[i].next) {
		const struct entry *entry = &mask->entries[i];
		const struct form *form = &mask->forms[entry->form];

		if (entry->hash == hash && entry->after == after &&
		    form->row == row && form->length <= end &&
		    memcmp(hunt->bytes + end - form->length,
			   bytes_of(mask, form), form->length) == 0) {
			hunt->found(hunt->context, end - form->length, end,
				    form->slot);
		}
	}
}

/*
 * check_block() - report the forms that end in a block, by their ends
 * @hits: of each row: look_along()
 */
static void check_block(const struct hunt *hunt, size_t region,
			unsigned int number, const uint64_t hits[ROWS])
{
	const size_t block = region + (size_t)number * BLOCK_BYTES;
	const size_t stop = ENC_MIN(block + BLOCK_BYTES - 1, hunt->length);
	unsigned int rows[ROWS]; /* those with a hit */
	size_t after[ROWS];	 /* bytes behind their windows before the end */
	size_t count = 0;

	for (unsigned int row = 0; row < ROWS; row++) {
		if ((hits[row] >> number & 1) != 0) {
			rows[count] = row;
			after[count] =
				(block - region) % hunt->mask->rows[row].step;
			count++;
		}
	}
	for (size_t end = block; end <= stop; end++) {
		for (size_t i = 0; i < count; i++) {
			size_t window = end - after[i];

			if (window >= enc_mask_window_bytes[rows[i]]) {
				check_window(hunt, rows[i], window, after[i]);
			}
			if (++after[i] == hunt->mask->rows[rows[i]].step) {
				after[i] = 0;
			}
		}
	}
}

/* has_sign() - whether windows of a row can be in these bytes at all */
static bool has_sign(const struct enc_mask_row *row, const uint8_t *bytes,
		     size_t length)
{
	return row->step > 0 &&
	       (row->sign == '\0' || memchr(bytes, row->sign, length) != NULL);
}

/*
 * look() - look along each row, which has a hash of its own length. Return: the
 * blocks in which a form may end
 */
static uint64_t look(const struct hunt *hunt, const bool looks[ROWS],
		     size_t region, uint64_t ret_hits[ROWS])
{
	uint64_t all = 0;

	ret_hits[0] = looks[0] ? look_along(hunt, 0, region) : 0;
	ret_hits[1] = looks[1] ? look_along(hunt, 1, region) : 0;
	ret_hits[2] = looks[2] ? look_along(hunt, 2, region) : 0;
	ret_hits[3] = looks[3] ? look_along(hunt, 3, region) : 0;
	ret_hits[4] = looks[4] ? look_along(hunt, 4, region) : 0;
	ret_hits[5] = looks[5] ? look_along(hunt, 5, region) : 0;
	ret_hits[6] = looks[6] ? look_along(hunt, 6, region) : 0;
	ret_hits[7] = looks[7] ? look_along(hunt, 7, region) : 0;
	for (unsigned int row = 0; row < ROWS; row++) {
		all |= ret_hits[row];
	}
	return all;
}

size_t enc_mask_scan(const struct enc_mask *mask, const uint8_t *bytes,
		     size_t length, size_t from, enc_mask_found_fn *found,
		     void *context)
{
	const struct hunt hunt = { mask, bytes, length, found, context };
	/* The first window begins here at the earliest. */
	size_t start =
		from - ENC_MIN(from, (size_t)enc_mask_window_bytes[ROWS - 1]);
	bool looks[ROWS];

	ENC_ASSERT(mask->sealed && from <= length);
	for (unsigned int row = 0; row < ROWS; row++) {
		looks[row] = has_sign(&mask->rows[row], bytes + start,
				      length - start);
	}
	for (size_t region = from; region <= length; region += REGION_BYTES) {
		uint64_t hits[ROWS];
		uint64_t blocks = look(&hunt, looks, region, hits);

		for (; blocks != 0; blocks &= blocks - 1) {
			check_block(&hunt, region,
				    (unsigned int)ffsll((int64_t)blocks) - 1,
				    hits);
		}
	}
	/* A form may end behind the last window, with bytes still to come. */
	return length - (length - from) % BLOCK_BYTES;
}
