#ifndef ENC_WIRE_MASK_INTERNAL_H
#define ENC_WIRE_MASK_INTERNAL_H

/* Shared by mask.c (the search), mask_forms.c, mask_json.c and mask_stream.c. */

#include "mask.h"

/* One of the ways in which a value may be written. */
struct enc_mask_form {
	const uint8_t *bytes;
	size_t length;
	/*
	 * Where each byte of the value begins. The first ones are equal if the
	 * form leaves them out, the last ones may be @length for the same
	 * reason.
	 */
	const uint32_t *starts;
	size_t value_length;
	char sign; /* begins each byte of the value; NUL for none */
};

/* enc_mask_form_fn - take a form. Return: 0 or a negative errno */
typedef int enc_mask_form_fn(void *context, const struct enc_mask_form *form);

/*
 * enc_mask_forms() - write all forms of a value; equal ones may come twice.
 * Return: 0, the first error of @add, or -ENOMEM
 */
ENC_NODISCARD int enc_mask_forms(struct enc_text value, enc_mask_form_fn *add,
				 void *context);

/*
 * enc_mask_found_fn - bytes from @start to @end are a form of a value
 * @slot: of the value's id
 */
typedef void enc_mask_found_fn(void *context, size_t start, size_t end,
			       unsigned int slot);

/**
 * enc_mask_scan() - find forms, by increasing ends
 * @from: where the search begins, or goes on with more bytes
 *
 * A form is found if it is whole in @bytes and began behind the place where the
 * search began.
 *
 * Return: where to go on; a few matches may be found again there
 */
size_t enc_mask_scan(const struct enc_mask *mask, const uint8_t *bytes,
		     size_t length, size_t from, enc_mask_found_fn *found,
		     void *context);

/* enc_mask_id() - the id of a slot */
uint32_t enc_mask_id(const struct enc_mask *mask, unsigned int slot);

/* enc_mask_slots() - count the ids of a mask; 0 for NULL */
unsigned int enc_mask_slots(const struct enc_mask *mask);

#endif
