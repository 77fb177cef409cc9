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

	/* Only parameters have these types. */
	ENC_SCHEMA_TIME,     /* 2026-11-22T06:00:00Z, with ms or without */
	ENC_SCHEMA_DURATION, /* 500ms, 30s, 2m */
};

struct enc_schema;

struct enc_schema_field {
	const char *name; /* NULL ends */
	const struct enc_schema *schema;
	bool required;
	bool later; /* refused with ENC_NOT_AVAILABLE: a later version has it */
};

struct enc_schema {
	enum enc_schema_type type;
	bool nullable;		       /* null is accepted, too */
	double least;		       /* of a value, bytes or items */
	double most;		       /* as least; 0: no limit */
	double name_most;	       /* OBJECT: bytes of a member's name */
	const char *const *words;      /* ENUM */
	const struct enc_schema *item; /* ARRAY; OBJECT of any names */
	const struct enc_schema_field *fields; /* OBJECT */
	enum enc_code error; /* of failures below this; 0: ENC_BAD_REQUEST */
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
