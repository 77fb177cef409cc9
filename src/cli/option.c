#include <errno.h>
#include <string.h>

#include "nearest.h"
#include "option.h"

const struct enc_option enc_common_option_rows[2] = {
	{ .name = "json",
	  .kind = ENC_OPTION_FLAG,
	  .offset = offsetof(struct enc_common_options, json),
	  .help = "Print one JSON value on standard output" },
	{ .name = "help",
	  .letter = 'h',
	  .kind = ENC_OPTION_FLAG,
	  .offset = offsetof(struct enc_common_options, help),
	  .help = "Show this help" },
};

/* Shared by the steps of parsing: the table and the struct to fill. */
struct parse {
	const struct enc_option *rows;
	size_t row_count;
	char *options; /* the command's struct */
	struct enc_error *err;
};

int enc_option_duration(const char *text, int64_t *ret_seconds)
{
	static const struct {
		char suffix;
		int64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	int64_t number = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 ||
	    (text[digits] != '\0' && text[digits + 1] != '\0')) {
		return -EINVAL;
	}
	for (size_t i = 0; i < digits; i++) {
		number = number * 10 + (text[i] - '0');
	}
	for (size_t i = 0; i < ENC_COUNT(units); i++) {
		if (units[i].suffix == text[digits]) {
			number *= units[i].seconds;
			if (number < 1 || number > 86400) {
				return -EINVAL;
			}
			*ret_seconds = number;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * row_at() - get row number @i, counting the command's rows, then the common
 * ones; NULL after the last
 */
static const struct enc_option *row_at(const struct parse *parse, size_t i)
{
	if (i < parse->row_count) {
		return &parse->rows[i];
	}
	i -= parse->row_count;
	return i < ENC_COUNT(enc_common_option_rows)
		       ? &enc_common_option_rows[i]
		       : NULL;
}

/* unknown() - fail for an unknown option and suggest a similar one */
static enum enc_code unknown(const struct parse *parse, const char *name,
			     size_t length)
{
	char word[ENC_NEAREST_BYTES_MAX + 1];
	const char *nearest = NULL;
	size_t best = SIZE_MAX;
	const struct enc_option *row;

	(void)snprintf(word, sizeof(word), "%.*s", (int)ENC_MIN(length, 64),
		       name);
	for (size_t i = 0; (row = row_at(parse, i)) != NULL; i++) {
		if (enc_nearest_better(word, row->name, &best)) {
			nearest = row->name;
		}
	}
	if (nearest == NULL) {
		return enc_fail(parse->err, ENC_BAD_REQUEST,
				"there is no option --%s; --help lists them",
				word);
	}
	return enc_fail(parse->err, ENC_BAD_REQUEST,
			"there is no option --%s; did you mean --%s?", word,
			nearest);
}

/* chosen() - whether @value is one of @choices, written "a|b|c" */
static bool chosen(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = choices; length > 0;) {
		size_t span = strcspn(at, "|");

		if (span == length && memcmp(at, value, span) == 0) {
			return true;
		}
		if (at[span] == '\0') {
			return false;
		}
		at += span + 1;
	}
	return false;
}

/* set_once() - set a text option; fails if it is given twice */
static enum enc_code set_once(const struct parse *parse,
			      const struct enc_option *row, const char *value)
{
	const char **field = (void *)(parse->options + row->offset);

	if (*field != NULL) {
		return enc_fail(parse->err, ENC_BAD_REQUEST,
				"--%s is given twice", row->name);
	}
	if (row->choices != NULL && !chosen(row->choices, value)) {
		return enc_fail(parse->err, ENC_BAD_REQUEST,
				"--%s is one of %s, not '%.60s'", row->name,
				row->choices, value);
	}
	*field = value;
	return ENC_OK;
}

/* set_value() - store a value in the option's member of the struct */
static enum enc_code set_value(const struct parse *parse,
			       const struct enc_option *row, const char *value)
{
	char *field = parse->options + row->offset;
	struct enc_words *words = (void *)field;

	switch (row->kind) {
	case ENC_OPTION_FLAG:
		*(bool *)(void *)field = true;
		return ENC_OK;
	case ENC_OPTION_TEXT:
	case ENC_OPTION_CHOICE:
		return set_once(parse, row, value);
	case ENC_OPTION_WORDS:
		if (words->count == ENC_WORDS_MAX) {
			return enc_fail(parse->err, ENC_LIMIT,
					"--%s is given more than %d times",
					row->name, (int)ENC_WORDS_MAX);
		}
		words->word[words->count++] = value;
		return ENC_OK;
	case ENC_OPTION_DURATION:
		if (enc_option_duration(value, (int64_t *)(void *)field) != 0) {
			return enc_fail(parse->err, ENC_BAD_REQUEST,
					"--%s is a time of 1s to 24h like 30, "
					"90s, 5m, not '%.60s'",
					row->name, value);
		}
		return ENC_OK;
	case ENC_OPTION_INVALID:
	case ENC_OPTION_KIND_MAX:
		break;
	}
	enc_bug(__FILE__, __LINE__, "option row without a kind");
}

/*
 * take_value() - set an option to the @attached text or, if that is NULL, to
 * the next word; moves @at past that word
 */
static enum enc_code take_value(const struct parse *parse,
				const struct enc_option *row,
				const char *attached, const char *const **at)
{
	if (row->kind == ENC_OPTION_FLAG) {
		if (attached != NULL) {
			return enc_fail(parse->err, ENC_BAD_REQUEST,
					"--%s takes no value", row->name);
		}
		return set_value(parse, row, NULL);
	}
	if (attached == NULL) {
		attached = *++*at;
		if (attached == NULL) {
			return enc_fail(parse->err, ENC_BAD_REQUEST,
					"--%s wants %s", row->name, row->value);
		}
	}
	return set_value(parse, row, attached);
}

/* long_option() - parse "--name", "--name value" or "--name=value" */
static enum enc_code long_option(const struct parse *parse,
				 const char *const **at)
{
	const char *name = **at + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct enc_option *row;

	for (size_t i = 0; (row = row_at(parse, i)) != NULL; i++) {
		if (strlen(row->name) == length &&
		    memcmp(row->name, name, length) == 0) {
			return take_value(parse, row,
					  equals == NULL ? NULL : equals + 1,
					  at);
		}
	}
	return unknown(parse, name, length);
}

/* short_option() - parse "-n", "-n VALUE" or "-nVALUE"; "-ab" isn't -a -b */
static enum enc_code short_option(const struct parse *parse,
				  const char *const **at)
{
	const char *word = **at + 1;
	const struct enc_option *row;

	for (size_t i = 0; (row = row_at(parse, i)) != NULL; i++) {
		if (word[1] != '\0' && strcmp(row->name, word) == 0) {
			return enc_fail(parse->err, ENC_BAD_REQUEST,
					"there is no option -%s; did you mean "
					"--%s?",
					word, word);
		}
	}
	for (size_t i = 0; (row = row_at(parse, i)) != NULL; i++) {
		if (row->letter != '\0' && row->letter == word[0]) {
			return take_value(parse, row,
					  word[1] == '\0' ? NULL : word + 1,
					  at);
		}
	}
	return enc_fail(parse->err, ENC_BAD_REQUEST,
			"there is no option -%.20s; --help lists them", word);
}

/* plain_word() - append an argument to @words */
static enum enc_code plain_word(const struct parse *parse, const char *word,
				struct enc_words *words)
{
	if (words->count == ENC_WORDS_MAX) {
		return enc_fail(parse->err, ENC_LIMIT,
				"there are more than %d arguments",
				(int)ENC_WORDS_MAX);
	}
	words->word[words->count++] = word;
	return ENC_OK;
}

/* Seven parameters: three inputs, three results, the error. */
/* NOLINTNEXTLINE(readability-function-size) */
enum enc_code enc_option_parse(const struct enc_option *rows, size_t row_count,
			       const char *const *argv, void *ret_options,
			       struct enc_words *ret_words, size_t *ret_dash_at,
			       struct enc_error *err)
{
	const struct parse parse = { rows, row_count, ret_options, err };
	enum enc_code code = ENC_OK;
	bool dashes = false;

	for (const char *const *at = argv; *at != NULL && code == ENC_OK;
	     at++) {
		const char *word = *at;

		if (dashes || word[0] != '-' || word[1] == '\0') {
			code = plain_word(&parse, word, ret_words);
		} else if (strcmp(word, "--") == 0) {
			dashes = true;
			*ret_dash_at = ret_words->count;
		} else if (word[1] == '-') {
			code = long_option(&parse, &at);
		} else {
			code = short_option(&parse, &at);
		}
	}
	if (!dashes) {
		*ret_dash_at = ret_words->count;
	}
	return code;
}

void enc_options_spell(const struct enc_option *row, char *ret_text,
		       size_t size)
{
	char letter[8] = "    ";

	if (row->letter != '\0') {
		(void)snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	}
	(void)snprintf(ret_text, size, "%s--%s%s%s", letter, row->name,
		       row->value == NULL ? "" : " ",
		       row->value == NULL ? "" : row->value);
}

void enc_option_help(const struct enc_option *rows, size_t row_count, FILE *out)
{
	const struct parse parse = { rows, row_count, NULL, NULL };
	const struct enc_option *row;

	for (size_t i = 0; (row = row_at(&parse, i)) != NULL; i++) {
		char spelled[80];

		enc_options_spell(row, spelled, sizeof(spelled));
		(void)fprintf(out, "  %-28s %s\n", spelled, row->help);
	}
}
