#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "decode.h"
#include "json.h"

/* A value of any kind; `begin` and `end` are offsets in the text. */
struct span {
	size_t begin;
	size_t end;
};

/* end_of_string() - get the offset behind a string that begins at @at */
static size_t end_of_string(const char *text, size_t length, size_t at)
{
	for (at++; at < length && text[at] != '"'; at++) {
		at += text[at] == '\\';
	}
	return ENC_MIN(at + 1, length);
}

/* end_of_value() - get the offset behind the value that begins at @at */
static size_t end_of_value(const char *text, size_t length, size_t at)
{
	size_t depth = 0;

	while (at < length) {
		char c = text[at];

		if (c == '"') {
			at = end_of_string(text, length, at);
			continue;
		}
		if (depth == 0 && strchr(",}]", c) != NULL) {
			break;
		}
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		at++;
	}
	return at;
}

/* is_name() - whether a string, in quotes, is @name */
static bool is_name(const char *text, struct span string, const char *name)
{
	size_t length = strlen(name);

	return string.end - string.begin == length + 2 &&
	       memcmp(text + string.begin + 1, name, length) == 0;
}

static bool is_null(const char *text, struct span value)
{
	return value.end - value.begin == strlen("null") &&
	       memcmp(text + value.begin, "null", strlen("null")) == 0;
}

static size_t skip_space(const char *text, size_t length, size_t at)
{
	while (at < length && strchr(" \t\r\n", text[at]) != NULL) {
		at++;
	}
	return at;
}

/*
 * find_result() - find the value of the member `json`, of the answer itself or
 * of its member `result`
 */
static bool find_result(const char *text, size_t length, struct span *ret_value)
{
	size_t at = skip_space(text, length, 0);

	at++; /* the answer's brace */
	while (at < length && text[at] != '}') {
		struct span name;

		at = skip_space(text, length, at);
		if (at >= length || text[at] != '"') {
			at++; /* a comma */
			continue;
		}
		name.begin = at;
		name.end = end_of_string(text, length, at);
		at = skip_space(text, length, name.end) + 1; /* the colon */
		at = skip_space(text, length, at);
		if (is_name(text, name, "json")) {
			ret_value->begin = at;
			ret_value->end = end_of_value(text, length, at);
			return at < length;
		}
		if (is_name(text, name, "result") && at < length &&
		    text[at] == '{') {
			at++; /* its members are next */
			continue;
		}
		at = end_of_value(text, length, at);
	}
	return false;
}

json_t *enc_decode_answer(const void *answer, size_t length)
{
	const char *text = answer;
	ENC_AUTO(buf) plain = ENC_BUF(6 * length + 64);
	struct span value;

	if (find_result(text, length, &value) && !is_null(text, value)) {
		ENC_MUST(enc_buf_append(&plain, text, value.begin));
		ENC_MUST(enc_json_string(&plain, text + value.begin,
					 value.end - value.begin));
		ENC_MUST(enc_buf_append(&plain, text + value.end,
					length - value.end));
		text = (const char *)enc_buf_bytes(&plain);
		length = plain.length;
	}
	return json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			  NULL);
}
