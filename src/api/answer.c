#include <string.h>

#include "answer.h"
#include "clock.h"
#include "def.h"
#include "json.h"

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

static void write_string(struct enc_buf *out, const char *text, size_t length)
{
	ENC_MUST(enc_json_string(out, text, length));
}

static void write_words(struct enc_buf *out, const char *words)
{
	const char *comma = "";

	PRINT(out, "[");
	while (*words != '\0') {
		size_t length = strcspn(words, " ");

		PRINT(out, "%s", comma);
		write_string(out, words, length);
		comma = ",";
		words += length;
		words += *words == ' ';
	}
	PRINT(out, "]");
}

static void write_time(struct enc_buf *out, int64_t wall_ms)
{
	char text[ENC_CLOCK_ISO_BYTES];

	enc_clock_iso(wall_ms, text);
	PRINT(out, "\"%s\"", text);
}

/* write_pointer() - write a value that the struct's member points to */
static void write_pointer(struct enc_buf *out, enum enc_answer_kind kind,
			  const void *value)
{
	if (kind == ENC_ANSWER_STRING) {
		write_string(out, value, strlen(value));
	} else if (kind == ENC_ANSWER_WORDS) {
		write_words(out, value);
	} else if (kind == ENC_ANSWER_TEXT) {
		PRINT(out, "%s", (const char *)value);
	} else {
		const struct enc_buf *items = value;

		PRINT(out, "[");
		ENC_MUST(enc_buf_append(out, enc_buf_bytes(items),
					items->length));
		PRINT(out, "]");
	}
}

/* Recursion is as deep as the schema, which doesn't refer to itself. */
/* NOLINTBEGIN(misc-no-recursion) */
static void write_field(struct enc_buf *out,
			const struct enc_answer_field *field, const void *at)
{
	const void *pointer;
	int64_t number;
	bool truth;

	switch (field->kind) {
	case ENC_ANSWER_BOOLEAN:
		memcpy(&truth, at, sizeof(truth));
		PRINT(out, "%s", truth ? "true" : "false");
		return;
	case ENC_ANSWER_INTEGER:
		memcpy(&number, at, sizeof(number));
		if (number >= 0 || !field->nullable) {
			PRINT(out, "%lld", (long long)number);
			return;
		}
		break;
	case ENC_ANSWER_TIME:
		memcpy(&number, at, sizeof(number));
		if (number != 0) {
			write_time(out, number);
			return;
		}
		break;
	case ENC_ANSWER_OBJECT:
		enc_answer_write(out, field->fields, at);
		return;
	case ENC_ANSWER_STRING:
	case ENC_ANSWER_WORDS:
	case ENC_ANSWER_TEXT:
	case ENC_ANSWER_LIST:
		memcpy(&pointer, at, sizeof(pointer));
		if (pointer != NULL) {
			write_pointer(out, field->kind, pointer);
			return;
		}
		break;
	}
	ENC_ASSERT(field->nullable);
	PRINT(out, "null");
}

void enc_answer_write(struct enc_buf *out,
		      const struct enc_answer_field *fields, const void *values)
{
	const char *before = "{";

	for (; fields->name != NULL; fields++) {
		PRINT(out, "%s\"%s\":", before, fields->name);
		write_field(out, fields, (const char *)values + fields->offset);
		before = ",";
	}
	PRINT(out, "}");
}

/* NOLINTEND(misc-no-recursion) */

static void write_comma(struct enc_buf *items)
{
	if (items->length > 0) {
		PRINT(items, ",");
	}
}

void enc_answer_add(struct enc_buf *items,
		    const struct enc_answer_field *fields, const void *values)
{
	write_comma(items);
	enc_answer_write(items, fields, values);
}

void enc_answer_add_text(struct enc_buf *items, const char *json)
{
	write_comma(items);
	PRINT(items, "%s", json);
}
