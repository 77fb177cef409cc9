#ifndef ENC_CLI_PRINT_H
#define ENC_CLI_PRINT_H

/*
 * What commands print. Text from a server or a program is made inert (see
 * inert.h) in all that is meant for people; JSON is passed on byte for byte,
 * since the server writes it as ASCII.
 */

#include <jansson.h>

#include "buf.h"
#include "command.h"

/* enc_print_body() - an answer as it is, and a newline */
void enc_print_body(struct enc_cli *cli, const struct enc_buf *body);

/* enc_print_json() - a value of ours, indented, and a newline */
void enc_print_json(FILE *out, const json_t *value);

/*
 * enc_print_field() - "  name    text" for people; a NULL or JSON null text
 * prints nothing
 */
void enc_print_field(FILE *out, const char *name, const json_t *value);

/* enc_print_text() - many lines, inert, of a JSON string; NULL is fine */
void enc_print_text(FILE *out, const json_t *text);

/* A column of a table: heading, path of members ("audit.count"), width. */
struct enc_print_column {
	const char *heading;
	const char *path;
	int width; /* 0 in the last one */
};

/* enc_print_table() - an array of objects, one a line; "-" for what is not */
void enc_print_table(FILE *out, const struct enc_print_column *columns,
		     size_t count, const json_t *rows);

/* enc_json_path() - borrowed value at "a.b.c", NULL if it isn't there */
json_t *enc_json_path(const json_t *object, const char *path);

/* enc_json_text() - string at a path, "" if it isn't there or no string */
const char *enc_json_text(const json_t *object, const char *path);

#endif
