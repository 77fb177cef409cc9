#ifndef ENC_API_SCHEMA_H
#define ENC_API_SCHEMA_H

/*
 * Request bodies against the schemas of openapi.json, which tools/gen-api
 * turns into these tables. A handler that gets a value may trust its shape.
 */

#include <jansson.h>
#include <stdbool.h>

#include "err.h"

enum enc_schema_type {
	ENC_SCHEMA_STRING,
	ENC_SCHEMA_INTEGER,
	ENC_SCHEMA_NUMBER,
	ENC_SCHEMA_ENUM,
	ENC_SCHEMA_ARRAY,
	ENC_SCHEMA_OBJECT,
};

struct enc_schema;

struct enc_schema_field {
	const char *name; /* NULL ends */
	const struct enc_schema *schema;
	bool required;
	bool later; /* known, and not available yet */
};

struct enc_schema {
	enum enc_schema_type type;
	double least;		       /* value, bytes, items */
	double most;		       /* 0: no limit but the body's */
	double name_most;	       /* OBJECT: bytes of a member's name */
	const char *const *words;      /* ENUM */
	const struct enc_schema *item; /* ARRAY; OBJECT of any names */
	const struct enc_schema_field *fields; /* OBJECT */
	enum enc_code error; /* instead of ENC_BAD_REQUEST below here */
};

/**
 * enc_schema_check() - whether a body is what the schema says
 *
 * Return: ENC_OK; ENC_UNKNOWN_FIELD, ENC_BAD_REQUEST, ENC_BAD_LIMITS or
 * ENC_NOT_AVAILABLE, naming the field by its path
 */
ENC_NODISCARD enum enc_code enc_schema_check(const struct enc_schema *schema,
					     const json_t *value,
					     struct enc_error *err);

#endif
