/* The rows of windows that forms are put into. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mask_internal.h"

enum { FORMS = 1024, ENOUGH_BYTES = 12, BEHIND_BYTES = 14 };

static struct {
	size_t count;
	struct enc_mask_fit fits[FORMS];
	struct enc_mask_form forms[FORMS]; /* without bytes */
	uint32_t *starts[FORMS];	   /* of each form */
	struct enc_mask_row rows[ENC_MASK_ROWS];
} all;

static int add(void *context, const struct enc_mask_form *form)
{
	size_t size = form->value_length * sizeof(*form->starts);
	struct enc_mask_form *added = &all.forms[all.count];
	uint32_t *starts = enc_xalloc(size);

	(void)context;
	assert_in_range(all.count, 0, FORMS - 1);
	memcpy(starts, form->starts, size);
	*added = *form;
	added->bytes = NULL;
	added->starts = starts;
	all.starts[all.count] = starts;
	enc_mask_find_rows(form, &all.fits[all.count]);
	all.count++;
	return 0;
}

static void add_value(const char *value)
{
	struct enc_text text = { value, strlen(value) };

	assert_int_equal(enc_mask_forms(text, add, NULL), 0);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < all.count; i++) {
		free(all.starts[i]);
	}
	memset(&all, 0, sizeof(all));
	return 0;
}

/* value_bytes_in() - the whole bytes of a value that are in a part of a form */
static size_t value_bytes_in(const struct enc_mask_form *form, size_t start,
			     size_t end)
{
	size_t count = 0;

	for (size_t i = 0; i < form->value_length; i++) {
		size_t stop = i + 1 < form->value_length ? form->starts[i + 1]
							 : form->length;

		count += form->starts[i] >= start && stop <= end ? 1 : 0;
	}
	return count;
}

/* check_rows() - each form is in a row, and each of its windows has enough */
static void check_rows(size_t enough)
{
	enc_mask_choose_rows(all.fits, all.count, all.rows);
	for (size_t i = 0; i < all.count; i++) {
		const struct enc_mask_fit *fit = &all.fits[i];
		const struct enc_mask_form *form = &all.forms[i];
		const struct enc_mask_row *row = &all.rows[fit->row];
		size_t bytes = enc_mask_window_bytes[fit->row];

		assert_in_range(row->step, 1, fit->steps[fit->row]);
		assert_true(row->sign == '\0' || row->sign == fit->sign);
		for (size_t after = 0; after < row->step; after++) {
			assert_in_range(bytes + after, 0, form->length);
			assert_in_range(value_bytes_in(form,
						       form->length - after -
							       bytes,
						       form->length - after),
					enough, form->value_length);
		}
	}
}

/* value_bytes_behind() - the bytes of a value that end behind a place */
static size_t value_bytes_behind(const struct enc_mask_form *form, size_t place)
{
	size_t count = 0;

	for (size_t i = 1; i <= form->value_length; i++) {
		size_t stop =
			i < form->value_length ? form->starts[i] : form->length;

		count += stop > place ? 1 : 0;
	}
	return count;
}

/* check_ends() - no window ends but in the last bytes of a value */
static void check_ends(void)
{
	for (size_t i = 0; i < all.count; i++) {
		const struct enc_mask_form *form = &all.forms[i];
		size_t step = all.rows[all.fits[i].row].step;

		assert_in_range(value_bytes_behind(form,
						   form->length - step + 1),
				0, BEHIND_BYTES);
	}
}

/* windows_per() - how many windows of 1,000 bytes without signs are looked at */
static unsigned int windows_per_1000(void)
{
	unsigned int count = 0;

	for (unsigned int row = 0; row < ENC_MASK_ROWS; row++) {
		if (all.rows[row].step > 0 && all.rows[row].sign == '\0') {
			count += 1000 / all.rows[row].step;
		}
	}
	print_message("%u windows of 1,000 bytes\n", count);
	return count;
}

static const char *const plain[] = {
	"V0n4SzdX8jL2mRtQbYc1eHfGk7uPw5oA9iDxZs3T",
	"qJ6rW2yB8vNcM1kLpZ4xS7dF0gH3tQeRuYiOaTb5",
};

/* As urlsafe_b64encode() of Python makes them. */
static const char *const signs[] = {
	"mY-kQ_2vR-x8Lz_0TnB-c5Hd_J7s-PfW3_gA-uEq",
	"-Zt8_w3KcVj-5RnYx_1oLdMb-6qGfHs_9TeUiPa-",
	"a1B2c3D4e5F6g7H8i9J0-kLmNoPqRsTuVwXyZ--_",
	"--------------------____________________",
};

static void test_few_windows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(plain); i++) {
		add_value(plain[i]);
	}
	check_rows(ENOUGH_BYTES);
	assert_in_range(windows_per_1000(), 1, 75);
}

/* Characters that some forms escape cost nobody the long steps. */
static void test_escaped_characters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(plain); i++) {
		add_value(plain[i]);
	}
	for (size_t i = 0; i < ENC_COUNT(signs); i++) {
		add_value(signs[i]);
	}
	check_rows(ENOUGH_BYTES);
	assert_in_range(windows_per_1000(), 1, 140);
}

/* Who knows how a value begins doesn't find the rest byte by byte. */
static void test_windows_end_in_the_last_bytes(void **state)
{
	static const char *const values[] = {
		"access-production-3f2b8c1e-9d4a-4b7e-8f10-2a6c5d9e7b31",
		"AGE-SECRET-KEY-1QQPQYZ7V6YEX3JQ8ZLQ4M0R5W2N9T8KX7C6H5G4F3D2S",
		"xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
		"sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"
		"MnOpQrStUvWxYz0123456789AbCdEfGhIjKl-_MnOpQrSt",
		"<b>\"quoted\" & long, with \\ and / and more of it</b>",
	};

	for (size_t i = 0; i < ENC_COUNT(values); i++) {
		add_value(values[i]);
		check_rows(ENOUGH_BYTES);
		check_ends();
		(void)teardown(state);
	}
	for (size_t i = 0; i < ENC_COUNT(values); i++) {
		add_value(values[i]);
	}
	check_rows(ENOUGH_BYTES);
	check_ends();
}

/* The shortest values: of some forms even the longest window has less. */
static void test_short_values(void **state)
{
	(void)state;
	add_value("0123456789abcdef");
	check_rows(ENOUGH_BYTES);
	add_value("\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
	add_value("<>&<>&<>&<>&<>&<");
	add_value("\x01-/+~ \x01-/+~ \x01-/+");
	check_rows(1);
}

static void test_no_value(void **state)
{
	(void)state;
	check_rows(ENOUGH_BYTES);
	assert_int_equal(windows_per_1000(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_few_windows, teardown),
		cmocka_unit_test_teardown(test_escaped_characters, teardown),
		cmocka_unit_test_teardown(test_windows_end_in_the_last_bytes,
					  teardown),
		cmocka_unit_test_teardown(test_short_values, teardown),
		cmocka_unit_test_teardown(test_no_value, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
