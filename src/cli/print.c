#include <string.h>

#include "inert.h"
#include "print.h"

enum {
	TEXT_BYTES_MAX = 64 << 20,
	NAME_MAX_BYTES = 64,
	REAL_DIGITS = 15, /* more would show 0.1 as 0.10000000000000001 */
};

void enc_print_body(struct enc_cli *cli, const struct enc_buf *body)
{
	const uint8_t *bytes = enc_buf_bytes(body);

	(void)fwrite(bytes, 1, body->length, cli->out);
	if (body->length == 0 || bytes[body->length - 1] != '\n') {
		(void)fputc('\n', cli->out);
	}
}

void enc_print_json(FILE *out, const json_t *value)
{
	ENC_IGNORE(json_dumpf(value, out,
			      JSON_INDENT(2) | JSON_ENSURE_ASCII |
				      JSON_ENCODE_ANY |
				      JSON_REAL_PRECISION(REAL_DIGITS)));
	(void)fputc('\n', out);
}

json_t *enc_json_path(const json_t *object, const char *path)
{
	json_t *value = NULL;

	while (*path != '\0') {
		char name[NAME_MAX_BYTES];
		size_t length = strcspn(path, ".");

		ENC_ASSERT(length < sizeof(name));
		memcpy(name, path, length);
		name[length] = '\0';
		value = json_object_get(object, name);
		object = value;
		path += length + (path[length] == '.');
	}
	return value;
}

const char *enc_json_text(const json_t *object, const char *path)
{
	const char *text = json_string_value(enc_json_path(object, path));

	return text == NULL ? "" : text;
}

/* as_line() - convert a JSON value to one inert line; heap, never NULL */
static char *as_line(const json_t *value)
{
	enc_autofree char *dumped = NULL;

	if (value == NULL || json_is_null(value)) {
		return enc_xstrdup("-");
	}
	if (json_is_string(value) &&
	    strlen(json_string_value(value)) == json_string_length(value)) {
		return enc_inert_line(json_string_value(value));
	}
	dumped = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII |
					   JSON_ENCODE_ANY |
					   JSON_REAL_PRECISION(REAL_DIGITS));
	return enc_inert_line(dumped);
}

void enc_print_field(FILE *out, const char *name, const json_t *value)
{
	enc_autofree char *line = as_line(value);

	if (value != NULL && !json_is_null(value)) {
		(void)fprintf(out, "%-12s %s\n", name, line);
	}
}

void enc_print_text(FILE *out, const json_t *text)
{
	ENC_AUTO(buf) bytes = ENC_BUF(TEXT_BYTES_MAX);
	struct enc_inert inert = { 0 };

	if (!json_is_string(text)) {
		return;
	}
	if (enc_inert_feed(&inert, json_string_value(text),
			   json_string_length(text), &bytes) == 0) {
		ENC_IGNORE(enc_inert_finish(&inert, &bytes)); /* may be full */
	}
	(void)fwrite(enc_buf_bytes(&bytes), 1, bytes.length, out);
	if (bytes.length > 0 &&
	    enc_buf_bytes(&bytes)[bytes.length - 1] != '\n') {
		(void)fputc('\n', out);
	}
}

/* print_cell() - print a cell padded to its width; the last ends the line */
static void print_cell(FILE *out, const struct enc_print_column *column,
		       const char *text)
{
	if (column->width == 0) {
		(void)fprintf(out, "%s\n", text);
	} else {
		(void)fprintf(out, "%-*s  ", column->width, text);
	}
}

void enc_print_table(FILE *out, const struct enc_print_column *columns,
		     size_t count, const json_t *rows)
{
	size_t i;
	json_t *row;

	for (size_t c = 0; c < count; c++) {
		print_cell(out, &columns[c], columns[c].heading);
	}
	json_array_foreach(rows, i, row)
	{
		for (size_t c = 0; c < count; c++) {
			enc_autofree char *line =
				as_line(enc_json_path(row, columns[c].path));

			print_cell(out, &columns[c], line);
		}
	}
}
