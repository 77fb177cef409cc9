#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "schema.h"

enum {
	PATH_BYTES = 128,
	BOUND_BYTES = 24,
	DURATION_MAX = 86400000, /* largest number before any unit */
};

/* The field that is being checked, and the code of a failure there. */
struct place {
	char path[PATH_BYTES];
	enum enc_code error;
};

static struct place below(const struct place *place, const char *name)
{
	struct place deeper = *place;

	(void)snprintf(deeper.path, sizeof(deeper.path), "%.60s%s%.60s",
		       place->path, place->path[0] == '\0' ? "" : ".", name);
	return deeper;
}

/* Recursion is as deep as the schema, which doesn't refer to itself. */
/* NOLINTBEGIN(misc-no-recursion) */
static enum enc_code check(const struct enc_schema *schema, const json_t *value,
			   const struct place *place, struct enc_error *err);

static const char *type_name(enum enc_schema_type type)
{
	static const char *const names[] = {
		[ENC_SCHEMA_STRING] = "a text",
		[ENC_SCHEMA_INTEGER] = "a whole number",
		[ENC_SCHEMA_NUMBER] = "a number",
		[ENC_SCHEMA_ENUM] = "a word",
		[ENC_SCHEMA_ARRAY] = "a list",
		[ENC_SCHEMA_OBJECT] = "an object",
		[ENC_SCHEMA_BOOLEAN] = "true or false",
		[ENC_SCHEMA_TIME] = "a time like 2026-11-22T06:00:00Z",
		[ENC_SCHEMA_DURATION] = "a time like 30s",
	};

	return names[type];
}

static bool has_type(const struct enc_schema *schema, const json_t *value)
{
	switch (schema->type) {
	case ENC_SCHEMA_STRING:
	case ENC_SCHEMA_ENUM:
		return json_is_string(value);
	case ENC_SCHEMA_INTEGER:
		return json_is_integer(value);
	case ENC_SCHEMA_NUMBER:
		return json_is_number(value);
	case ENC_SCHEMA_ARRAY:
		return json_is_array(value);
	case ENC_SCHEMA_OBJECT:
		return json_is_object(value);
	case ENC_SCHEMA_BOOLEAN:
		return json_is_boolean(value);
	case ENC_SCHEMA_TIME:
	case ENC_SCHEMA_DURATION:
		break;
	}
	return false;
}

/* size_of() - the size that `least` and `most` of a schema limit */
static double size_of(const struct enc_schema *schema, const json_t *value)
{
	switch (schema->type) {
	case ENC_SCHEMA_STRING:
	case ENC_SCHEMA_ENUM:
		return (double)json_string_length(value);
	case ENC_SCHEMA_INTEGER:
	case ENC_SCHEMA_NUMBER:
		return json_number_value(value);
	case ENC_SCHEMA_ARRAY:
		return (double)json_array_size(value);
	case ENC_SCHEMA_OBJECT:
		return (double)json_object_size(value);
	case ENC_SCHEMA_BOOLEAN:
	case ENC_SCHEMA_TIME:
	case ENC_SCHEMA_DURATION:
		break;
	}
	return 0;
}

/* bound_text() - format a limit; a whole number without an exponent */
static const char *bound_text(double bound, char ret_text[BOUND_BYTES])
{
	bool is_whole = bound == floor(bound) && fabs(bound) < 1e18;

	(void)snprintf(ret_text, BOUND_BYTES, is_whole ? "%.0f" : "%g", bound);
	return ret_text;
}

static enum enc_code check_size(const struct enc_schema *schema,
				const json_t *value, const struct place *place,
				struct enc_error *err)
{
	static const char *const units[] = {
		[ENC_SCHEMA_STRING] = " bytes", [ENC_SCHEMA_INTEGER] = "",
		[ENC_SCHEMA_NUMBER] = "",	[ENC_SCHEMA_ENUM] = "",
		[ENC_SCHEMA_ARRAY] = " items",	[ENC_SCHEMA_OBJECT] = " items",
		[ENC_SCHEMA_BOOLEAN] = "",	[ENC_SCHEMA_TIME] = "",
		[ENC_SCHEMA_DURATION] = "",
	};
	double size = size_of(schema, value);
	char least[BOUND_BYTES];
	char most[BOUND_BYTES];

	if (size >= schema->least &&
	    (schema->most == 0 || size <= schema->most)) {
		return ENC_OK;
	}
	return enc_fail_field(err, place->error, place->path,
			      "%s has to be %s to %s%s", place->path,
			      bound_text(schema->least, least),
			      bound_text(schema->most, most),
			      units[schema->type]);
}

static enum enc_code check_word(const struct enc_schema *schema,
				const json_t *value, const struct place *place,
				struct enc_error *err)
{
	char known[160] = "";
	size_t at = 0;

	for (const char *const *word = schema->words; *word != NULL; word++) {
		if (strcmp(*word, json_string_value(value)) == 0 &&
		    strlen(*word) == json_string_length(value)) {
			return ENC_OK;
		}
		at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s",
				       at == 0 ? "" : ", ", *word);
	}
	if (schema->quiet) {
		return enc_fail_field(err, place->error, place->path,
				      "%s has to be one of %s", place->path,
				      known);
	}
	return enc_fail_field(err, place->error, place->path,
			      "%s is '%.40s'; known are %s", place->path,
			      json_string_value(value), known);
}

/* check_member() - check one member of an object */
static enum enc_code check_member(const struct enc_schema *schema,
				  const char *name, const json_t *value,
				  const struct place *place,
				  struct enc_error *err)
{
	const struct enc_schema_field *field = schema->fields;
	struct place deeper = below(place, name);

	if (schema->item != NULL) {
		if (schema->name_most != 0 &&
		    ((double)strlen(name) > schema->name_most ||
		     name[0] == '\0')) {
			return enc_fail_field(
				err, place->error, place->path,
				"a name in %s has to be 1 to %.0f "
				"bytes",
				place->path, schema->name_most);
		}
		return check(schema->item, value, &deeper, err);
	}
	while (field->name != NULL && strcmp(field->name, name) != 0) {
		field++;
	}
	if (field->name == NULL) {
		return enc_fail_field(
			err, ENC_UNKNOWN_FIELD, deeper.path,
			"there is no field %s; see /v1/openapi.json",
			deeper.path);
	}
	if (field->later) {
		return enc_fail_field(err, ENC_NOT_AVAILABLE, deeper.path,
				      "%s is not available yet", deeper.path);
	}
	return check(field->schema, value, &deeper, err);
}

static enum enc_code check_object(const struct enc_schema *schema,
				  const json_t *value,
				  const struct place *place,
				  struct enc_error *err)
{
	const char *name;
	json_t *member;
	enum enc_code code;

	if (schema->fields == NULL && schema->item == NULL) {
		return ENC_OK;
	}
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		code = check_member(schema, name, member, place, err);
		if (code != ENC_OK) {
			return code;
		}
	}
	for (const struct enc_schema_field *field = schema->fields;
	     field != NULL && field->name != NULL; field++) {
		if (field->required &&
		    json_object_get(value, field->name) == NULL) {
			struct place deeper = below(place, field->name);

			return enc_fail_field(err, place->error, deeper.path,
					      "%s is missing", deeper.path);
		}
	}
	return ENC_OK;
}

static enum enc_code check(const struct enc_schema *schema, const json_t *value,
			   const struct place *place, struct enc_error *err)
{
	struct place here = *place;
	enum enc_code code;

	if (schema->error != ENC_OK) {
		here.error = schema->error;
	}
	if (schema->nullable && json_is_null(value)) {
		return ENC_OK;
	}
	if (!has_type(schema, value)) {
		return enc_fail_field(err, here.error, here.path,
				      "%s has to be %s%s",
				      here.path[0] == '\0' ? "the body"
							   : here.path,
				      type_name(schema->type),
				      schema->nullable ? " or null" : "");
	}
	if (schema->type == ENC_SCHEMA_ENUM) {
		return check_word(schema, value, &here, err);
	}
	code = check_size(schema, value, &here, err);
	if (code != ENC_OK) {
		return code;
	}
	if (schema->type == ENC_SCHEMA_OBJECT) {
		return check_object(schema, value, &here, err);
	}
	for (size_t i = 0;
	     schema->type == ENC_SCHEMA_ARRAY && i < json_array_size(value);
	     i++) {
		char name[24];
		struct place deeper;

		(void)snprintf(name, sizeof(name), "%zu", i);
		deeper = below(&here, name);
		code = check(schema->item, json_array_get(value, i), &deeper,
			     err);
		if (code != ENC_OK) {
			return code;
		}
	}
	return ENC_OK;
}

/* NOLINTEND(misc-no-recursion) */

enum enc_code enc_schema_check(const struct enc_schema *schema,
			       const json_t *value, struct enc_error *err)
{
	struct place place = { .path = "", .error = ENC_BAD_REQUEST };

	return check(schema, value, &place, err);
}

/* ---- parameters ---- */

/* read_digits() - read a number without sign; false if it is too large */
static bool read_digits(const char *text, const char **ret_end,
			int64_t *ret_number)
{
	char *end;
	unsigned long long value;

	if (text[0] < '0' || text[0] > '9') {
		return false;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	*ret_end = end;
	*ret_number = (int64_t)value;
	return errno == 0 && value <= INT64_MAX;
}

static bool read_duration(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }
	};
	const char *end;
	int64_t value;

	if (!read_digits(text, &end, &value) || value > DURATION_MAX) {
		return false;
	}
	for (size_t i = 0; i < ENC_COUNT(units); i++) {
		if (strcmp(end, units[i].unit) == 0) {
			*ret_ms = value * units[i].ms;
			return true;
		}
	}
	return false;
}

static bool read_time(const char *text, int64_t *ret_ms)
{
	struct tm parts = { 0 };
	char back[ENC_CLOCK_ISO_BYTES];
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	int64_t ms = 0;

	if (rest != NULL && *rest == '.') {
		const char *end;

		if (!read_digits(rest + 1, &end, &ms) || end != rest + 4) {
			/*
			 * A fraction of a second must have exactly three
			 * digits.
			 */
			return false;
		}
		rest = end;
	}
	if (rest == NULL || strcmp(rest, "Z") != 0) {
		return false;
	}
	*ret_ms = (int64_t)timegm(&parts) * 1000 + ms;
	/* strptime() accepts spaces before numbers, and days like 31 February.
	 * So compare the text with the formatted result. */
	enc_clock_iso(*ret_ms, back);
	return *ret_ms > 0 &&
	       strncmp(text, back, strlen("yyyy-mm-ddThh:mm:ss")) == 0;
}

bool enc_schema_number(enum enc_schema_type type, const char *text,
		       int64_t *ret_number)
{
	const char *end;

	if (type == ENC_SCHEMA_TIME) {
		return read_time(text, ret_number);
	}
	if (type == ENC_SCHEMA_DURATION) {
		return read_duration(text, ret_number);
	}
	return read_digits(text, &end, ret_number) && *end == '\0';
}

/* to_json() - make the JSON value of a parameter's text, for its schema */
static json_t *to_json(const struct enc_schema *schema, const char *text)
{
	int64_t number;

	if (schema->type != ENC_SCHEMA_INTEGER) {
		return json_string(text);
	}
	return enc_schema_number(schema->type, text, &number)
		       ? json_integer(number)
		       : json_null();
}

enum enc_code enc_schema_check_text(const struct enc_schema_field *field,
				    const char *text, struct enc_error *err)
{
	const struct enc_schema *schema = field->schema;
	struct place place = { .error = ENC_BAD_REQUEST };
	enum enc_code code;
	int64_t number;
	json_t *value;

	if (schema->type == ENC_SCHEMA_TIME ||
	    schema->type == ENC_SCHEMA_DURATION) {
		return enc_schema_number(schema->type, text, &number)
			       ? ENC_OK
			       : enc_fail_field(err, ENC_BAD_REQUEST,
						field->name, "%s has to be %s",
						field->name,
						type_name(schema->type));
	}
	(void)snprintf(place.path, sizeof(place.path), "%s", field->name);
	value = to_json(schema, text);
	if (value == NULL) {
		return enc_fail_field(err, ENC_BAD_REQUEST, field->name,
				      "%s is not UTF-8", field->name);
	}
	code = check(schema, value, &place, err);
	json_decref(value);
	return code;
}
