#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "json.h"
#include "utf8.h"

/*
 * Theory of operation
 *
 * The checker reads the text once and doesn't recurse. Open arrays and objects
 * are a stack of at most ENC_JSON_DEPTH_MAX levels.
 *
 * The checker also looks for names that an object has twice. The buffer `names`
 * has the unescaped names of all open objects. The buffer `index` lists them.
 * When an object ends, its names are sorted, so equal names are neighbours.
 * Then both buffers are cut back to where the object began. The names are
 * sorted and not hashed, because an attacker can choose names that collide in a
 * hash table.
 */

enum {
	NUMBER_MAX_BYTES = 4096,
	REPLACEMENT = 0xfffd,
};

static const char *const fault_names[] = {
	[ENC_JSON_FINE] = "valid JSON",
	[ENC_JSON_SYNTAX] = "not JSON",
	[ENC_JSON_DEPTH] = "nested too deep",
	[ENC_JSON_UTF8] = "not UTF-8",
	[ENC_JSON_DUPLICATE] = "a name that is there twice",
	[ENC_JSON_NUMBER] = "a number out of range",
};

const char *enc_json_fault_name(enum enc_json_fault fault)
{
	ENC_ASSERT((size_t)fault < ENC_COUNT(fault_names));
	return fault_names[fault];
}

/* ---- the checker ---- */

struct name {
	size_t start; /* offset in the checker's names */
	size_t length;
	size_t at; /* offset in the text, for the fault */
};

struct level {
	bool object;
	size_t names_from; /* length of `names` when the level was opened */
	size_t index_from; /* length of `index` when the level was opened */
};

struct checker {
	const char *text;
	size_t length;
	size_t at;
	enum enc_json_fault fault;
	size_t fault_at;
	size_t depth;
	struct level levels[ENC_JSON_DEPTH_MAX];
	struct enc_buf names; /* unescaped names of open objects */
	struct enc_buf index; /* one struct name per name in `names` */
};

/* must() - assert that an append worked: the buffers have room for all names */
static void must(int r)
{
	ENC_ASSERT(r == 0);
}

/* fail() - note a fault, unless there is an earlier one. Return: false */
static bool fail(struct checker *c, enum enc_json_fault fault, size_t at)
{
	if (c->fault == ENC_JSON_FINE) {
		c->fault = fault;
		c->fault_at = at;
	}
	return false;
}

/* peek() - the next byte, or -1 at the end */
static int peek(const struct checker *c)
{
	return c->at < c->length ? (unsigned char)c->text[c->at] : -1;
}

static void skip_space(struct checker *c)
{
	while (c->at < c->length &&
	       (c->text[c->at] == ' ' || c->text[c->at] == '\n' ||
		c->text[c->at] == '\r' || c->text[c->at] == '\t')) {
		c->at++;
	}
}

/* keep() - append a character to `names` if it belongs to a name */
static void keep(struct checker *c, bool name, uint32_t point)
{
	uint8_t bytes[ENC_UTF8_MAX_BYTES];

	if (name) {
		must(enc_buf_append(&c->names, bytes,
				    enc_utf8_encode(point, bytes)));
	}
}

/* hex4() - read the four hex digits of a \u escape; -1 if they are malformed */
static int hex4(struct checker *c)
{
	int value = 0;

	if (c->length - c->at < 4) {
		return -1;
	}
	for (size_t i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		char digit = c->text[c->at + i];
		const char *found;

		if (digit >= 'A' && digit <= 'F') {
			digit = (char)(digit - 'A' + 'a');
		}
		found = memchr(digits, digit, sizeof(digits) - 1);
		if (found == NULL) {
			return -1;
		}
		value = value * 16 + (int)(found - digits);
	}
	c->at += 4;
	return value;
}

/* unicode_escape() - read an escape after "\u"; a lone surrogate is a fault */
static bool unicode_escape(struct checker *c, bool name)
{
	size_t begin = c->at - 2;
	int high = hex4(c);
	int low;

	if (high < 0) {
		return fail(c, ENC_JSON_SYNTAX, begin);
	}
	if (high < 0xd800 || high > 0xdfff) {
		keep(c, name, (uint32_t)high);
		return true;
	}
	if (high > 0xdbff || c->length - c->at < 2 || c->text[c->at] != '\\' ||
	    c->text[c->at + 1] != 'u') {
		return fail(c, ENC_JSON_UTF8, begin);
	}
	c->at += 2;
	low = hex4(c);
	if (low < 0) {
		return fail(c, ENC_JSON_SYNTAX, c->at - 2);
	}
	if (low < 0xdc00 || low > 0xdfff) {
		return fail(c, ENC_JSON_UTF8, begin);
	}
	keep(c, name,
	     0x10000 + (((uint32_t)high - 0xd800) << 10) +
		     ((uint32_t)low - 0xdc00));
	return true;
}

/* escape() - read an escape sequence; the position is at its backslash */
static bool escape(struct checker *c, bool name)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	c->at++;
	if (peek(c) == 'u') {
		c->at++;
		return unicode_escape(c, name);
	}
	found = c->at < c->length
			? memchr(from, c->text[c->at], sizeof(from) - 1)
			: NULL;
	if (found == NULL) {
		return fail(c, ENC_JSON_SYNTAX, c->at - 1);
	}
	keep(c, name, (uint32_t)to[found - from]);
	c->at++;
	return true;
}

/* string() - read a string, from its quote on; @name: append it to `names` */
static bool string(struct checker *c, bool name)
{
	c->at++;
	for (;;) {
		uint32_t point;
		size_t taken;
		int next = peek(c);

		if (next < ' ') { /* -1, the end of the text, is a fault, too */
			return fail(c, ENC_JSON_SYNTAX, c->at);
		}
		if (next == '"') {
			c->at++;
			return true;
		}
		if (next == '\\') {
			if (!escape(c, name)) {
				return false;
			}
			continue;
		}
		taken = enc_utf8_decode((const uint8_t *)c->text + c->at,
					c->length - c->at, &point);
		if (taken == 0) {
			return fail(c, ENC_JSON_UTF8, c->at);
		}
		keep(c, name, point);
		c->at += taken;
	}
}

/* digits() - read one or more digits */
static bool digits(struct checker *c)
{
	size_t begin = c->at;

	while (peek(c) >= '0' && peek(c) <= '9') {
		c->at++;
	}
	return c->at > begin || fail(c, ENC_JSON_SYNTAX, c->at);
}

/* fits_double() - whether a number with fraction or exponent fits a double */
static bool fits_double(const char *text, size_t length)
{
	char copy[NUMBER_MAX_BYTES + 1];

	memcpy(copy, text, length);
	copy[length] = '\0';
	return isfinite(strtod(copy, NULL));
}

/* number() - read a number, which begins with a minus or a digit */
static bool number(struct checker *c)
{
	size_t begin = c->at;
	bool integer = true;

	if (peek(c) == '-') {
		c->at++;
	}
	if (peek(c) == '0') {
		c->at++;
	} else if (!digits(c)) {
		return false;
	}
	if (peek(c) == '.') {
		integer = false;
		c->at++;
		if (!digits(c)) {
			return false;
		}
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		integer = false;
		c->at++;
		if (peek(c) == '+' || peek(c) == '-') {
			c->at++;
		}
		if (!digits(c)) {
			return false;
		}
	}
	if (c->at - begin > NUMBER_MAX_BYTES ||
	    (!integer && !fits_double(c->text + begin, c->at - begin))) {
		return fail(c, ENC_JSON_NUMBER, begin);
	}
	return true;
}

/* literal() - read true, false or null */
static bool literal(struct checker *c)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ENC_COUNT(words); i++) {
		size_t length = strlen(words[i]);

		if (c->length - c->at >= length &&
		    memcmp(c->text + c->at, words[i], length) == 0) {
			c->at += length;
			return true;
		}
	}
	return fail(c, ENC_JSON_SYNTAX, c->at);
}

/* is_after() - whether a name comes after another: by length, bytes, place */
static bool is_after(const uint8_t *names, const struct name *a,
		     const struct name *b)
{
	int order = 0;

	if (a->length != b->length) {
		return a->length > b->length;
	}
	/* memcmp() must not get NULL. `names` is NULL if all names are empty.
	 */
	if (a->length > 0) {
		order = memcmp(names + a->start, names + b->start, a->length);
	}
	return order != 0 ? order > 0 : a->at > b->at;
}

/* sink() - move a name down a heap until none below comes after it */
static void sink(const uint8_t *names, struct name *heap, size_t count,
		 size_t at)
{
	struct name sinking = heap[at];

	for (size_t below = 2 * at + 1; below < count; below = 2 * at + 1) {
		if (below + 1 < count &&
		    is_after(names, &heap[below + 1], &heap[below])) {
			below++;
		}
		if (!is_after(names, &heap[below], &sinking)) {
			break;
		}
		heap[at] = heap[below];
		at = below;
	}
	heap[at] = sinking;
}

/*
 * sort() - sort names, in place
 *
 * The gate must not use qsort_r() for this: with much to sort, some versions
 * of libc make a system call (sysinfo) that the gate's filter kills it for.
 */
static void sort(const uint8_t *names, struct name *list, size_t count)
{
	for (size_t i = count / 2; i > 0; i--) {
		sink(names, list, count, i - 1);
	}
	for (size_t i = count - 1; i > 0; i--) {
		struct name last = list[0];

		list[0] = list[i];
		list[i] = last;
		sink(names, list, i, 0);
	}
}

/* same() - whether two names are equal */
static bool same(const uint8_t *names, const struct name *a,
		 const struct name *b)
{
	return a->length == b->length &&
	       (a->length == 0 ||
		memcmp(names + a->start, names + b->start, a->length) == 0);
}

/* distinct() - check that an object's names differ, when the object ends */
static bool distinct(struct checker *c, const struct level *level)
{
	const uint8_t *names = c->names.memory;
	size_t count =
		(c->index.length - level->index_from) / sizeof(struct name);
	struct name *sorted;

	if (count < 2) {
		return true;
	}
	sorted = (void *)(c->index.memory + level->index_from);
	sort(names, sorted, count);
	for (size_t i = 1; i < count; i++) {
		if (same(names, &sorted[i - 1], &sorted[i])) {
			return fail(c, ENC_JSON_DUPLICATE, sorted[i].at);
		}
	}
	return true;
}

/* open_level() - open a level at its bracket */
static bool open_level(struct checker *c)
{
	if (c->depth == ENC_JSON_DEPTH_MAX) {
		return fail(c, ENC_JSON_DEPTH, c->at);
	}
	c->levels[c->depth++] = (struct level){
		.object = c->text[c->at] == '{',
		.names_from = c->names.length,
		.index_from = c->index.length,
	};
	c->at++;
	return true;
}

/* close_level() - close the innermost level at its closing bracket */
static bool close_level(struct checker *c)
{
	const struct level *level = &c->levels[c->depth - 1];

	if (level->object && !distinct(c, level)) {
		return false;
	}
	enc_buf_truncate(&c->names, level->names_from);
	enc_buf_truncate(&c->index, level->index_from);
	c->depth--;
	c->at++;
	return true;
}

/* member() - read the name of an object's member, and the colon */
static bool member(struct checker *c)
{
	struct name name = { .start = c->names.length, .at = c->at };

	if (peek(c) != '"') {
		return fail(c, ENC_JSON_SYNTAX, c->at);
	}
	if (!string(c, /* name= */ true)) {
		return false;
	}
	name.length = c->names.length - name.start;
	must(enc_buf_append(&c->index, &name, sizeof(name)));
	skip_space(c);
	if (peek(c) != ':') {
		return fail(c, ENC_JSON_SYNTAX, c->at);
	}
	c->at++;
	skip_space(c);
	return true;
}

/*
 * begin_value() - read a scalar, or open an array or object
 * @ret_ended: whether the value ended: a scalar, an empty array or object.
 *             Otherwise the position is at the first value inside.
 */
static bool begin_value(struct checker *c, bool *ret_ended)
{
	int next = peek(c);
	char close;

	*ret_ended = true;
	if (next == '"') {
		return string(c, /* name= */ false);
	}
	if (next == '-' || (next >= '0' && next <= '9')) {
		return number(c);
	}
	if (next != '{' && next != '[') {
		return literal(c);
	}
	if (!open_level(c)) {
		return false;
	}
	skip_space(c);
	close = next == '{' ? '}' : ']';
	if (peek(c) == close) {
		return close_level(c);
	}
	*ret_ended = false;
	return next == '[' || member(c);
}

/*
 * after_value() - go from the end of a value to the next value
 * @ret_more: whether a value follows; false at the end of the text
 *
 * Levels that end here are closed.
 */
static bool after_value(struct checker *c, bool *ret_more)
{
	*ret_more = false;
	for (;;) {
		bool object;

		skip_space(c);
		if (c->depth == 0) {
			return c->at == c->length ||
			       fail(c, ENC_JSON_SYNTAX, c->at);
		}
		object = c->levels[c->depth - 1].object;
		if (peek(c) == ',') {
			c->at++;
			skip_space(c);
			*ret_more = true;
			return !object || member(c);
		}
		if (peek(c) != (object ? '}' : ']')) {
			return fail(c, ENC_JSON_SYNTAX, c->at);
		}
		if (!close_level(c)) {
			return false;
		}
	}
}

/* check() - check that the whole text is valid JSON */
static bool check(struct checker *c)
{
	bool more = true;

	skip_space(c);
	while (more) {
		bool ended;

		if (!begin_value(c, &ended)) {
			return false;
		}
		if (ended && !after_value(c, &more)) {
			return false;
		}
	}
	return true;
}

enum enc_json_fault enc_json_check(const char *text, size_t length,
				   size_t *ret_at)
{
	struct checker c = { .text = text, .length = length };

	/* A name of n bytes has n + 3 bytes in the text, and one struct name
	 * in `index`. */
	ENC_ASSERT(length < SIZE_MAX / 8 / sizeof(struct name));
	c.names.max_bytes = length;
	c.index.max_bytes = length * sizeof(struct name);
	if (!check(&c) && ret_at != NULL) {
		*ret_at = c.fault_at;
	}
	enc_buf_done(&c.names);
	enc_buf_done(&c.index);
	return c.fault;
}

/* ---- the writer ---- */

/* put_escape() - append \uxxxx; without printf, which is slow for millions */
static int put_escape(struct enc_buf *out, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = { '\\',
			      'u',
			      digits[unit >> 12 & 15],
			      digits[unit >> 8 & 15],
			      digits[unit >> 4 & 15],
			      digits[unit & 15] };

	return enc_buf_append(out, text, sizeof(text));
}

/* put_point() - append one character, escaped unless it is printable ASCII */
static int put_point(struct enc_buf *out, uint32_t point)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *found;
	char plain[2] = { '\\', '\0' };

	if (point > 0xffff) {
		int r;

		point -= 0x10000;
		r = put_escape(out, 0xd800 + (point >> 10));
		return r < 0 ? r : put_escape(out, 0xdc00 + (point & 0x3ff));
	}
	found = point > 0 && point < 0x7f
			? memchr(from, (int)point, sizeof(from) - 1)
			: NULL;
	if (found != NULL) {
		plain[1] = to[found - from];
		return enc_buf_append(out, plain, sizeof(plain));
	}
	if (point < ' ' || point > '~') {
		return put_escape(out, point);
	}
	plain[1] = (char)point;
	return enc_buf_append(out, plain + 1, 1);
}

/* plain_run() - count the bytes at the beginning that need no escape */
static size_t plain_run(const uint8_t *bytes, size_t length)
{
	size_t i = 0;

	while (i < length && bytes[i] >= ' ' && bytes[i] <= '~' &&
	       bytes[i] != '"' && bytes[i] != '\\') {
		i++;
	}
	return i;
}

/* put_part() - append the characters of a string that end before @end */
static int put_part(struct enc_buf *out, const uint8_t *bytes, size_t length,
		    size_t end)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < end) {
		size_t run = plain_run(bytes + at, end - at);
		uint32_t point = REPLACEMENT;
		size_t taken;

		r = enc_buf_append(out, bytes + at, run);
		at += run;
		if (r < 0 || at == end) {
			break;
		}
		/* Decode with all bytes up to @length, so that a character cut
		 * by @end isn't taken for invalid UTF-8. */
		taken = enc_utf8_decode(bytes + at, length - at, &point);
		if (taken > end - at) {
			break;
		}
		r = put_point(out, taken == 0 ? REPLACEMENT : point);
		at += taken == 0 ? 1 : taken;
	}
	return r;
}

/* put_string() - append the characters that end before @end, in quotes */
static int put_string(struct enc_buf *out, const uint8_t *bytes, size_t length,
		      size_t end)
{
	int r = enc_buf_append(out, "\"", 1);

	if (r == 0) {
		r = put_part(out, bytes, length, end);
	}
	return r < 0 ? r : enc_buf_append(out, "\"", 1);
}

int enc_json_string_cut(struct enc_buf *out, const void *bytes, size_t length,
			size_t max_bytes)
{
	size_t before = out->length;
	int r = put_string(out, bytes, length, ENC_MIN(length, max_bytes));

	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}

int enc_json_string(struct enc_buf *out, const void *bytes, size_t length)
{
	return enc_json_string_cut(out, bytes, length, length);
}

int enc_json_string_part(struct enc_buf *out, const void *bytes, size_t length)
{
	size_t before = out->length;
	int r = put_part(out, bytes, length, length);

	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}

/* put_ascii() - do the work of enc_json_ascii(); @out may be left incomplete */
static int put_ascii(struct enc_buf *out, const uint8_t *bytes, size_t length)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < length) {
		size_t run = 0;
		uint32_t point = REPLACEMENT;
		size_t taken;

		while (at + run < length && bytes[at + run] >= ' ' &&
		       bytes[at + run] <= '~') {
			run++;
		}
		r = enc_buf_append(out, bytes + at, run);
		at += run;
		if (r < 0 || at == length) {
			break;
		}
		if (bytes[at] < ' ') {
			/* A control character of valid JSON is white space
			 * between tokens. */
			r = enc_buf_append(out, " ", 1);
			at++;
			continue;
		}
		taken = enc_utf8_decode(bytes + at, length - at, &point);
		r = put_point(out, taken == 0 ? REPLACEMENT : point);
		at += taken == 0 ? 1 : taken;
	}
	return r;
}

int enc_json_ascii(struct enc_buf *out, const void *text, size_t length)
{
	size_t before = out->length;
	int r = put_ascii(out, text, length);

	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}
