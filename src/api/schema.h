#ifndef ENC_API_SCHEMA_H
#define ENC_API_SCHEMA_H

/*
 * Bodies and parameters of requests against the schemas of openapi.json, which
 * tools/gen-api turns into these tables. A handler that gets a value may trust
 * its shape.
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

	/* Of parameters alone. */
	ENC_SCHEMA_TIME,     /* 2026-11-22T06:00:00Z, with ms or without */
	ENC_SCHEMA_DURATION, /* 500ms, 30s, 2m */
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
	bool nullable;		       /* null is taken as well */
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

/**
 * enc_schema_check_text() - whether the text of a parameter is what the schema
 * of its field says
 *
 * Return: ENC_OK; ENC_BAD_REQUEST, naming the parameter
 */
ENC_NODISCARD enum enc_code
enc_schema_check_text(const struct enc_schema_field *field, const char *text,
		      struct enc_error *err);

/*
 * enc_schema_number() - the value of an integer, a time (wall clock in ms) or a
 * duration (in ms); false if the text isn't one
 */
bool enc_schema_number(enum enc_schema_type type, const char *text,
		       int64_t *ret_number);

#endif
