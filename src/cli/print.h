#ifndef ENC_CLI_PRINT_H
#define ENC_CLI_PRINT_H

/*
 * Output of commands. Text from a server or a program is made inert (see
 * inert.h) before it is printed for people. JSON from the server is printed
 * byte for byte, because the server writes it as ASCII.
 */

#include <jansson.h>

#include "buf.h"
#include "command.h"

/* enc_print_body() - print a response body unchanged; ends with a newline */
void enc_print_body(struct enc_cli *cli, const struct enc_buf *body);

/* enc_print_json() - print a value as indented JSON in ASCII, and a newline */
void enc_print_json(FILE *out, const json_t *value);

/*
 * enc_print_field() - print a line with a name and an inert value, for people;
 * prints nothing if @value is NULL or JSON null
 */
void enc_print_field(FILE *out, const char *name, const json_t *value);

/*
 * enc_print_text() - print the inert lines of a JSON string; ends with a
 * newline. Prints nothing if @text is NULL or not a string.
 */
void enc_print_text(FILE *out, const json_t *text);

/* A column of a table that is printed. */
struct enc_print_column {
	const char *heading;
	const char *path; /* path of the value, such as "audit.count" */
	int width;	  /* width in characters; 0 for the last column */
};

/*
 * enc_print_table() - print headings and a line for each object of an array;
 * a cell is "-" if its value is null or missing
 */
void enc_print_table(FILE *out, const struct enc_print_column *columns,
		     size_t count, const json_t *rows);

/* enc_json_path() - get the value at "a.b.c", borrowed; NULL if missing */
json_t *enc_json_path(const json_t *object, const char *path);

/*
 * enc_json_text() - get the string at a path, borrowed from @object; "" if the
 * value is missing or not a string
 */
const char *enc_json_text(const json_t *object, const char *path);

#endif
