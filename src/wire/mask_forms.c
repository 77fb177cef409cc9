#include <string.h>

#include "mask_internal.h"

enum {
	/* Bytes that the longest form has for a byte of the value: \u00xx. */
	FORM_FACTOR = 6,
	ALIGNMENTS = 3,
};

static const char *const hex_digits[] = { "0123456789abcdef",
					  "0123456789ABCDEF" };

struct forms {
	struct enc_text value;
	struct enc_buf form; /* the one that is being written */
	uint32_t *starts;    /* where each byte of the value begins in it */
	enc_mask_form_fn *add;
	void *context;
	int r;
};

static void put(struct forms *forms, const char *bytes, size_t length)
{
	if (forms->r == 0) {
		forms->r = enc_buf_append(&forms->form, bytes, length);
	}
}

/* mark() - byte @i of the value begins here */
static void mark(struct forms *forms, size_t i)
{
	forms->starts[i] = (uint32_t)forms->form.length;
}

/* put_hex() - write a prefix and two hex digits */
static void put_hex(struct forms *forms, const char *prefix, char byte,
		    const char *digits)
{
	const char pair[] = { digits[(uint8_t)byte >> 4],
			      digits[(uint8_t)byte & 15] };

	put(forms, prefix, strlen(prefix));
	put(forms, pair, sizeof(pair));
}

/* finish() - hand over the form that is written */
static void finish(struct forms *forms, char sign)
{
	const struct enc_mask_form form = {
		.bytes = enc_buf_bytes(&forms->form),
		.length = forms->form.length,
		.starts = forms->starts,
		.value_length = forms->value.length,
		.sign = sign,
	};

	if (forms->r == 0) {
		forms->r = forms->add(forms->context, &form);
	}
	enc_buf_truncate(&forms->form, 0);
}

/* sextet() - six bits of a value, from a bit on */
static unsigned int sextet(struct enc_text value, size_t bit)
{
	const uint8_t *bytes = (const uint8_t *)value.bytes;
	size_t at = bit / 8;
	unsigned int pair = (unsigned int)bytes[at] << 8;

	if (at + 1 < value.length) {
		pair |= bytes[at + 1];
	}
	return pair >> (10 - bit % 8) & 63;
}

/* write_base64() - only characters that encode nothing else */
static void write_base64(struct forms *forms)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char *const ends[] = { "+/", "-_" };
	static const size_t first_bits[ALIGNMENTS] = { 0, 4, 2 };

	for (size_t i = 0; i < ALIGNMENTS * ENC_COUNT(ends); i++) {
		const char *end = ends[i / ALIGNMENTS];
		size_t first = first_bits[i % ALIGNMENTS];

		for (size_t k = 0; k < forms->value.length; k++) {
			forms->starts[k] =
				(uint32_t)(k * 8 < first ? 0
							 : (k * 8 - first) / 6);
		}
		for (size_t bit = first; bit + 6 <= forms->value.length * 8;
		     bit += 6) {
			unsigned int six = sextet(forms->value, bit);

			put(forms, six < 62 ? &letters[six] : &end[six - 62],
			    1);
		}
		finish(forms, '\0');
	}
}

/* write_all() - encode each byte alike */
static void write_all(struct forms *forms, const char *prefix)
{
	for (size_t k = 0; k < ENC_COUNT(hex_digits); k++) {
		for (size_t i = 0; i < forms->value.length; i++) {
			mark(forms, i);
			put_hex(forms, prefix, forms->value.bytes[i],
				hex_digits[k]);
		}
		finish(forms, prefix[0]);
	}
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* is_one_of() - whether a character is in a list; NUL never is */
static bool is_one_of(char c, const char *list)
{
	return c != '\0' && strchr(list, c) != NULL;
}

/* What encoders leave as it is, besides letters and digits. */
static const struct percent_row {
	const char *plain;
	bool plus; /* a space becomes "+" */
} percent_rows[] = {
	{ "-._~", false },		   /* RFC 3986 */
	{ "-._~/", false },		   /* quote() of Python */
	{ "-._~!'()*", false },		   /* encodeURIComponent() */
	{ "-._~!'()*#$&+,/:;=?@", false }, /* encodeURI() */
	/* RFC 3986: a segment of a path, a value in a query, a password. */
	{ "-._~!$&'()*+,;=:@", false },
	{ "-._~!$'()*+,;:@/?", false },
	{ "-._~!$&'()*+,", false },
	{ "-._~$&+:=@", false }, /* PathEscape() of Go */
	{ "-._~", true },	 /* urlencode() of Python */
	{ "-._*", true },	 /* a form */
};

static void write_percent(struct forms *forms, const struct percent_row *row,
			  const char *digits)
{
	for (size_t i = 0; i < forms->value.length; i++) {
		char c = forms->value.bytes[i];

		mark(forms, i);
		if (row->plus && c == ' ') {
			put(forms, "+", 1);
		} else if (is_alphanumeric(c) || is_one_of(c, row->plain)) {
			put(forms, &c, 1);
		} else {
			put_hex(forms, "%", c, digits);
		}
	}
	finish(forms, '\0');
}

/* How encoders write characters of a JSON string. */
static const struct json_row {
	const char *backslash; /* with a backslash in front */
	const char *unicode;   /* as \u00xx, like control characters */
} json_rows[] = {
	{ "\"\\", "" },		{ "\"\\/", "" },
	{ "\"\\", "<>&" },	{ "\"\\", "<>&='" }, /* Gson */
	{ "\\", "<>&'\"+`" },			     /* System.Text.Json */
	{ "\\", "<>&'\"" },			     /* PHP, JSON_HEX_* */
	{ "\\/", "<>&'\"" },	/* PHP, with its usual "\/" */
	{ "", "<>&'\"\\=-;`" }, /* escapejs of Django */
};

static void write_json(struct forms *forms, const struct json_row *row,
		       const char *digits)
{
	for (size_t i = 0; i < forms->value.length; i++) {
		char c = forms->value.bytes[i];

		mark(forms, i);
		if ((uint8_t)c < ' ' || is_one_of(c, row->unicode)) {
			put_hex(forms, "\\u00", c, digits);
			continue;
		}
		put(forms, "\\", is_one_of(c, row->backslash) ? 1 : 0);
		put(forms, &c, 1);
	}
	finish(forms, '\0');
}

int enc_mask_forms(struct enc_text value, enc_mask_form_fn *add, void *context)
{
	struct forms forms = {
		.value = value,
		.form = ENC_BUF_SECRET(value.length * FORM_FACTOR),
		.starts = enc_xalloc(value.length * sizeof(uint32_t)),
		.add = add,
		.context = context,
	};

	for (size_t i = 0; i < value.length; i++) {
		mark(&forms, i);
		put(&forms, &value.bytes[i], 1);
	}
	finish(&forms, '\0');
	write_base64(&forms);
	write_all(&forms, "");
	write_all(&forms, "%");
	write_all(&forms, "\\u00");
	for (size_t k = 0; k < ENC_COUNT(hex_digits); k++) {
		for (size_t i = 0; i < ENC_COUNT(percent_rows); i++) {
			write_percent(&forms, &percent_rows[i], hex_digits[k]);
		}
		for (size_t i = 0; i < ENC_COUNT(json_rows); i++) {
			write_json(&forms, &json_rows[i], hex_digits[k]);
		}
	}
	enc_buf_done(&forms.form);
	free(forms.starts);
	return forms.r;
}
