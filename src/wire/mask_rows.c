#include <limits.h>
#include <string.h>

#include "mask_internal.h"

enum {
	ROWS = ENC_MASK_ROWS,
	STEP_MAX = ENC_MASK_STEP_MAX,
	/* Bytes of a value that a window has. */
	WANTED_BYTES = 12,
	/*
	 * Windows end in so many last bytes of a value. Somebody who knows how
	 * it begins, but not its last U bytes, has to guess U - 14 of them at
	 * once before the search tells anything.
	 */
	END_BYTES = 15,
	STEP_GOOD = 4,	  /* shorter ones are slow */
	FIRST_SIGNED = 6, /* the rows from here on are for forms with a sign */
	PAIR = 16,
	/* What looking at a window takes beside hashing it, in pairs of words. */
	LOOK = 1,
	SCALE = 1 << 16,
};

/* end_of() - where byte @i of the value ends in a form */
static size_t end_of(const struct enc_mask_form *form, size_t i)
{
	return i + 1 < form->value_length ? form->starts[i + 1] : form->length;
}

/*
 * bytes_wanted() - for each step the length of a window that has WANTED_BYTES of
 * the value, at whichever of the last so many places it ends; 0 for steps that
 * are too long. Longer steps need no shorter windows
 */
static void bytes_wanted(const struct enc_mask_form *form,
			 size_t ret_bytes[STEP_MAX + 1])
{
	size_t last = form->value_length - 1;
	size_t first = form->value_length -
		       ENC_MIN(form->value_length, (size_t)END_BYTES);
	size_t wanted = 0;
	size_t after = 0;

	memset(ret_bytes, 0, (STEP_MAX + 1) * sizeof(*ret_bytes));
	while (after < STEP_MAX &&
	       end_of(form, first) <= form->length - after) {
		size_t end = form->length - after;

		while (last > 0 && end_of(form, last) > end) {
			last--;
		}
		if (last + 1 < WANTED_BYTES) {
			return;
		}
		wanted = ENC_MAX(wanted,
				 end - form->starts[last + 1 - WANTED_BYTES]);
		ret_bytes[++after] = wanted;
	}
}

void enc_mask_find_rows(const struct enc_mask_form *form,
			struct enc_mask_fit *ret_fit)
{
	size_t wanted[STEP_MAX + 1];
	bool fits = false;
	unsigned int row;

	*ret_fit = (struct enc_mask_fit){ .sign = form->sign };
	bytes_wanted(form, wanted);
	for (row = 0; row < ROWS; row++) {
		size_t step = STEP_MAX;
		size_t bytes = enc_mask_window_bytes[row];

		while (step > 0 &&
		       (bytes + step - 1 > form->length || wanted[step] == 0 ||
			wanted[step] > bytes)) {
			step--;
		}
		ret_fit->steps[row] = (uint8_t)step;
		fits |= step > 0;
	}
	/* Otherwise the longest windows have most of the value. */
	while (!fits) {
		row--;
		fits = enc_mask_window_bytes[row] <= form->length;
		ret_fit->steps[row] = fits ? 1 : 0;
	}
}

/*
 * best_row() - the row in which a form has the longest steps; ROWS if it is in
 * none that is usable
 */
static unsigned int best_row(const struct enc_mask_fit *fit,
			     unsigned int usable)
{
	unsigned int best = ROWS;

	for (unsigned int row = 0; row < ROWS; row++) {
		if (row == FIRST_SIGNED && fit->sign == '\0' && best != ROWS &&
		    fit->steps[best] >= STEP_GOOD) {
			break;
		}
		if ((usable >> row & 1) != 0 && fit->steps[row] > 0 &&
		    (best == ROWS || fit->steps[row] > fit->steps[best])) {
			best = row;
		}
	}
	return best;
}

/* add() - a row's step and sign are those of all its forms */
static void add(struct enc_mask_row *row, const struct enc_mask_fit *fit,
		unsigned int number)
{
	if (row->step == 0) {
		*row = (struct enc_mask_row){ fit->steps[number], fit->sign };
	}
	row->step = ENC_MIN(row->step, (unsigned int)fit->steps[number]);
	if (row->sign != fit->sign) {
		row->sign = '\0';
	}
}

/* row_for() - a row but @except that finds a form as it is; ROWS if none does */
static unsigned int row_for(const struct enc_mask_fit *fit,
			    const struct enc_mask_row rows[ROWS],
			    unsigned int except)
{
	for (unsigned int row = 0; row < ROWS; row++) {
		if (row != except && rows[row].step > 0 &&
		    rows[row].step <= fit->steps[row] &&
		    (rows[row].sign == '\0' || rows[row].sign == fit->sign)) {
			return row;
		}
	}
	return ROWS;
}

/* shed() - leave only those forms in a row that no other one finds */
static void shed(const struct enc_mask_fit *fits, size_t count,
		 struct enc_mask_row rows[ROWS], unsigned int number)
{
	struct enc_mask_row row = { 0 };

	for (size_t i = 0; i < count && rows[number].step > 0; i++) {
		if (row_for(&fits[i], rows, number) == ROWS) {
			add(&row, &fits[i], number);
		}
	}
	rows[number] = row;
}

/*
 * fill() - make rows that find all forms. Return: what it takes to look along
 * them, if no byte is a sign; UINT_MAX if a form isn't in a usable one
 */
static unsigned int fill(const struct enc_mask_fit *fits, size_t count,
			 unsigned int usable,
			 struct enc_mask_row ret_rows[ROWS])
{
	unsigned int cost = 0;

	memset(ret_rows, 0, ROWS * sizeof(*ret_rows));
	for (size_t i = 0; i < count; i++) {
		unsigned int row = best_row(&fits[i], usable);

		if (row == ROWS) {
			return UINT_MAX;
		}
		add(&ret_rows[row], &fits[i], row);
	}
	for (unsigned int row = 0; row < ROWS; row++) {
		unsigned int bytes = enc_mask_window_bytes[row];

		shed(fits, count, ret_rows, row);
		if (ret_rows[row].step > 0 && ret_rows[row].sign == '\0') {
			cost += SCALE * ((bytes + PAIR - 1) / PAIR + LOOK) /
				ret_rows[row].step;
		}
	}
	return cost;
}

void enc_mask_choose_rows(struct enc_mask_fit *fits, size_t count,
			  struct enc_mask_row ret_rows[ROWS])
{
	unsigned int usable = (1U << ROWS) - 1;
	unsigned int best = fill(fits, count, usable, ret_rows);

	/* A row less may be worth shorter steps of others. */
	for (unsigned int row = 0; row < ROWS; row++) {
		unsigned int fewer = usable & ~(1U << row);
		unsigned int cost = fill(fits, count, fewer, ret_rows);

		if (cost <= best) {
			best = cost;
			usable = fewer;
		}
	}
	(void)fill(fits, count, usable, ret_rows);
	for (size_t i = 0; i < count; i++) {
		fits[i].row = (uint8_t)row_for(&fits[i], ret_rows, ROWS);
	}
}
