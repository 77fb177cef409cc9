#ifndef ENC_CLI_PRINT_H
#define ENC_CLI_PRINT_H

/*
 * Output of commands. For people, text from a server or a program is made inert
 * (inert.h). JSON is printed byte for byte: the server writes it as ASCII.
 */

#include <jansson.h>

#include "buf.h"
#include "command.h"

/* enc_print_body() - print a response body unchanged, and a newline */
void enc_print_body(struct enc_cli *cli, const struct enc_buf *body);

/* enc_print_json() - print a JSON value of the command's own, indented */
void enc_print_json(FILE *out, const json_t *value);

/*
 * enc_print_field() - print "  name    text"; nothing if the text is NULL or
 * JSON null
 */
void enc_print_field(FILE *out, const char *name, const json_t *value);

/* enc_print_text() - print the lines of a JSON string, inert; may be NULL */
void enc_print_text(FILE *out, const json_t *text);

/* A column of a table. The path names members: "audit.count". */
struct enc_print_column {
	const char *heading;
	const char *path;
	int width; /* 0 in the last column */
};

/*
 * enc_print_table() - print an array of objects, one per line; a missing member
 * is "-"
 */
void enc_print_table(FILE *out, const struct enc_print_column *columns,
		     size_t count, const json_t *rows);

/* enc_json_path() - borrow the value at a path "a.b.c"; NULL if missing */
json_t *enc_json_path(const json_t *object, const char *path);

/* enc_json_text() - borrow the string at a path; "" if there is none */
const char *enc_json_text(const json_t *object, const char *path);

#endif
