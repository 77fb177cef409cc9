#ifndef ENC_API_SCHEMA_H
#define ENC_API_SCHEMA_H

/*
 * Checks bodies and parameters of requests against the schemas of openapi.json.
 * tools/gen-api makes tables of these structs from it. So an operation can rely
 * on the form of the values that it gets.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum enc_schema_type {
	ENC_SCHEMA_STRING,
	ENC_SCHEMA_INTEGER,
	ENC_SCHEMA_NUMBER,
	ENC_SCHEMA_ENUM,
	ENC_SCHEMA_ARRAY,
	ENC_SCHEMA_OBJECT,
	ENC_SCHEMA_BOOLEAN,

	/* Only parameters have these types. */
	ENC_SCHEMA_TIME, /* such as 2026-11-22T06:00:00Z, with ms or without */
	ENC_SCHEMA_DURATION, /* such as 500ms, 30s, 2m; 30 is 30s */
};

struct enc_schema;

struct enc_schema_field {
	const char *name; /* name of the member; NULL ends the list */
	const struct enc_schema *schema;
	bool required;
	bool later; /* refused with ENC_NOT_AVAILABLE: a later version has it */
};

struct enc_schema {
	enum enc_schema_type type;
	bool nullable; /* the JSON value null is accepted, too */
	double least;  /* least number, bytes of a text, or items of an array */
	double most;   /* greatest number, most bytes or items; 0: no limit */
	/* OBJECT: limit of the bytes of a member's name; 0: no limit. */
	double name_most;
	const char *const *words; /* ENUM: the allowed words, ended by NULL */
	/* ENUM: an error doesn't repeat the value, which may be a secret. */
	bool quiet;
	/*
	 * Schema of the items of an ARRAY, or of the members of an OBJECT whose
	 * member names are free.
	 */
	const struct enc_schema *item;
	/* OBJECT: the members with fixed names, or NULL. */
	const struct enc_schema_field *fields;
	/*
	 * Error code for failures in this value and below it; 0:
	 * ENC_BAD_REQUEST.
	 */
	enum enc_code error;
};

/**
 * enc_schema_check() - check a body against a schema
 *
 * Return: ENC_OK; ENC_UNKNOWN_FIELD, ENC_BAD_REQUEST, ENC_BAD_LIMITS or
 * ENC_NOT_AVAILABLE, naming the field by its path
 */
ENC_NODISCARD enum enc_code enc_schema_check(const struct enc_schema *schema,
					     const json_t *value,
					     struct enc_error *err);

/**
 * enc_schema_check_text() - check the text of a parameter against the schema of
 * its field
 *
 * Return: ENC_OK; ENC_BAD_REQUEST, naming the parameter
 */
ENC_NODISCARD enum enc_code
enc_schema_check_text(const struct enc_schema_field *field, const char *text,
		      struct enc_error *err);

/*
 * enc_schema_number() - parse an integer, a time (to wall clock ms) or a
 * duration (to ms); false if the text is malformed
 */
bool enc_schema_number(enum enc_schema_type type, const char *text,
		       int64_t *ret_number);

#endif
