#ifndef ENC_WIRE_MASK_INTERNAL_H
#define ENC_WIRE_MASK_INTERNAL_H

/*
 * Shared by mask.c (the search), mask_forms.c, mask_rows.c, mask_json.c and
 * mask_stream.c.
 */

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

enum {
	ENC_MASK_ROWS = 8,
	ENC_MASK_STEP_MAX = 32,
};

/*
 * Lengths of the windows that are looked at. A row of windows has an end at
 * each step-th place, so that one of them is within the end of each form of the
 * row, and has 12 bytes of the value. Where a byte of the value takes one to
 * three, the last 12 take at least 4 less than all of at least 16, so one of the
 * first rows fits. Here, because the search needs them as constants.
 */
static const uint8_t enc_mask_window_bytes[ENC_MASK_ROWS] = {
	13,	    /* the value as it is, mostly */
	17,	    /* as base64 */
	21, 26,	    /* as hex digits: 26 */
	30, 34, 39, /* percent-encoded: 39 */
	78,	    /* \u00xx */
};

/* Rows that a form may be in. */
struct enc_mask_fit {
	uint8_t steps[ENC_MASK_ROWS]; /* longest possible one; 0: none */
	char sign;		      /* the form's */
	uint8_t row;		      /* the one that it is in */
};

struct enc_mask_row {
	unsigned int step; /* 0 if no form is in this row */
	char sign;	   /* in each window of its forms; NUL for none */
};

/* enc_mask_find_rows() - find out which rows a form may be in */
void enc_mask_find_rows(const struct enc_mask_form *form,
			struct enc_mask_fit *ret_fit);

/*
 * enc_mask_choose_rows() - put each form into a row, so that looking along all
 * rows takes little
 */
void enc_mask_choose_rows(struct enc_mask_fit *fits, size_t count,
			  struct enc_mask_row ret_rows[ENC_MASK_ROWS]);

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
