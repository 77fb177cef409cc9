#ifndef ENC_API_ANSWER_H
#define ENC_API_ANSWER_H

/*
 * Writes answers of the API from plain structs. tools/gen-api makes each struct
 * and its table of fields (gen_answers.h) from the schemas of openapi.json. So
 * an answer has exactly the fields that openapi.json promises.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum enc_answer_kind {
	ENC_ANSWER_STRING,  /* const char *, UTF-8 */
	ENC_ANSWER_BOOLEAN, /* bool */
	ENC_ANSWER_INTEGER, /* int64_t */
	ENC_ANSWER_TIME,    /* int64_t, wall clock in ms; 0: null */
	ENC_ANSWER_WORDS,   /* const char *: one space between two words */
	ENC_ANSWER_TEXT,    /* const char *: JSON text */
	ENC_ANSWER_LIST,    /* const struct enc_buf *, by enc_answer_add() */
	ENC_ANSWER_OBJECT,  /* a struct with fields of its own */
};

struct enc_answer_field {
	const char *name; /* JSON name of the member; NULL ends the list */
	enum enc_answer_kind kind;
	size_t offset;
	bool nullable; /* a pointer may be NULL, a time 0, an integer below 0 */
	/* The members, if the kind is ENC_ANSWER_OBJECT. */
	const struct enc_answer_field *fields;
};

/**
 * enc_answer_write() - append a struct as a JSON object
 * @out:    must have room for the object
 * @fields: the table that belongs to the struct
 * @values: the struct, borrowed
 */
void enc_answer_write(struct enc_buf *out,
		      const struct enc_answer_field *fields,
		      const void *values);

/* enc_answer_add() - append a struct to the items of a list */
void enc_answer_add(struct enc_buf *items,
		    const struct enc_answer_field *fields, const void *values);

/* enc_answer_add_text() - append JSON text to the items of a list */
void enc_answer_add_text(struct enc_buf *items, const char *json);

#endif
