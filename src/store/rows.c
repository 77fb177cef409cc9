#include "rows.h"
#include "store_impl.h"

/* ---- members ---- */

/* at() - return the address of a column's member in a row */
static const void *at(const struct enc_row *row,
		      const struct enc_row_column *column)
{
	return (const char *)row + column->offset;
}

static void *at_mutable(struct enc_row *row,
			const struct enc_row_column *column)
{
	return (char *)row + column->offset;
}

const char *enc_row_text(const struct enc_row *row,
			 const struct enc_row_column *column)
{
	ENC_ASSERT(column->kind == ENC_COLUMN_TEXT);
	return *(const char *const *)at(row, column);
}

void enc_row_set_text(struct enc_row *row, const struct enc_row_column *column,
		      const char *text)
{
	ENC_ASSERT(column->kind == ENC_COLUMN_TEXT);
	*(const char **)at_mutable(row, column) = text;
}

int64_t enc_row_number(const struct enc_row *row,
		       const struct enc_row_column *column)
{
	if (column->kind == ENC_COLUMN_FLAG) {
		return *(const bool *)at(row, column);
	}
	if (column->kind == ENC_COLUMN_COUNT) {
		return (int64_t) * (const uint64_t *)at(row, column);
	}
	ENC_ASSERT(column->kind == ENC_COLUMN_SIGNED);
	return *(const int64_t *)at(row, column);
}

void enc_row_set_number(struct enc_row *row,
			const struct enc_row_column *column, int64_t number)
{
	if (column->kind == ENC_COLUMN_FLAG) {
		*(bool *)at_mutable(row, column) = number != 0;
		return;
	}
	if (column->kind == ENC_COLUMN_COUNT) {
		*(uint64_t *)at_mutable(row, column) = (uint64_t)number;
		return;
	}
	ENC_ASSERT(column->kind == ENC_COLUMN_SIGNED);
	*(int64_t *)at_mutable(row, column) = number;
}

const char *enc_row_org(const struct enc_row *row)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];

		if ((column->flags & ENC_COLUMN_ORG) != 0) {
			return enc_row_text(row, column);
		}
	}
	return NULL;
}

const void *enc_row_as(const struct enc_row *row,
		       const struct enc_row_type *type)
{
	ENC_ASSERT(row->type == type);
	return row;
}

/* ---- operations ---- */

bool enc_row_takes(const struct enc_row_column *column, enum enc_row_op op)
{
	const unsigned int which = ENC_COLUMN_KEY | ENC_COLUMN_ORG;
	const unsigned int later = ENC_COLUMN_ONCE | ENC_COLUMN_DERIVED;
	const unsigned int update = ENC_COLUMN_CHANGES | ENC_COLUMN_ONCE;

	switch (op) {
	case ENC_ROW_INSERT:
		return (column->flags & later) == 0;
	case ENC_ROW_UPDATE:
		return (column->flags & (which | update)) != 0;
	case ENC_ROW_REMOVE:
	case ENC_ROW_GET:
		return (column->flags & which) != 0;
	case ENC_ROW_LIST:
		return (column->flags & ENC_COLUMN_ORG) != 0;
	case ENC_ROW_OP_MAX:
		break;
	}
	return false;
}

/* check_text() - check a text against its limit; NULL is a bug */
static enum enc_code check_text(const struct enc_row_type *type,
				const struct enc_row_column *column,
				const char *text, struct enc_error *err)
{
	size_t length;

	ENC_ASSERT(text != NULL);
	length = strlen(text);
	return length <= column->max
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT,
				  "%s: the %s has %zu bytes, at most %zu are "
				  "allowed",
				  type->name, column->name, length,
				  (size_t)column->max);
}

/*
 * check_number() - check a number against its limit. A count above INT64_MAX
 * arrives as a negative number and is refused.
 */
static enum enc_code check_number(const struct enc_row_type *type,
				  const struct enc_row_column *column,
				  int64_t number, struct enc_error *err)
{
	bool fits = number < 0 ? column->kind == ENC_COLUMN_SIGNED
			       : (uint64_t)number <= column->max;

	return fits ? ENC_OK
		    : enc_fail(err, ENC_LIMIT,
			       "%s: the %s is not within 0 to %llu", type->name,
			       column->name, (unsigned long long)column->max);
}

enum enc_code enc_row_check(const struct enc_row *row, enum enc_row_op op,
			    struct enc_error *err)
{
	const struct enc_row_type *type = row->type;
	enum enc_code code = ENC_OK;

	for (size_t i = 0; code == ENC_OK && i < type->column_count; i++) {
		const struct enc_row_column *column = &type->columns[i];

		if (!enc_row_takes(column, op)) {
			continue;
		}
		if (column->kind == ENC_COLUMN_TEXT) {
			code = check_text(type, column,
					  enc_row_text(row, column), err);
		} else {
			code = check_number(type, column,
					    enc_row_number(row, column), err);
		}
	}
	return code;
}

/* ---- owned rows ---- */

/* copy_column() - copy a column into a row that owns its texts */
static void copy_column(struct enc_row *to, const struct enc_row *from,
			const struct enc_row_column *column)
{
	if (column->kind == ENC_COLUMN_TEXT) {
		enc_row_set_text(to, column,
				 enc_keep_text(&to->memory,
					       enc_row_text(from, column)));
	} else {
		enc_row_set_number(to, column, enc_row_number(from, column));
	}
}

static struct enc_row *allocate(const struct enc_row_type *type)
{
	struct enc_row *row = enc_xalloc(type->size);

	row->type = type;
	return row;
}

void enc_row_copy(struct enc_row *ret_row, const struct enc_row *row)
{
	memset(ret_row, 0, row->type->size);
	ret_row->type = row->type;
	for (size_t i = 0; i < row->type->column_count; i++) {
		copy_column(ret_row, row, &row->type->columns[i]);
	}
}

struct enc_row *enc_row_new(const struct enc_row *row, enum enc_row_op op)
{
	struct enc_row *copy = allocate(row->type);

	for (size_t i = 0; i < row->type->column_count; i++) {
		if (enc_row_takes(&row->type->columns[i], op)) {
			copy_column(copy, row, &row->type->columns[i]);
		}
	}
	return copy;
}

/* is_changed() - whether an update of @row writes the column */
static bool is_changed(const struct enc_row *row,
		       const struct enc_row_column *column)
{
	if ((column->flags & ENC_COLUMN_ONCE) != 0) {
		return enc_row_number(row, column) == 0;
	}
	return (column->flags & ENC_COLUMN_CHANGES) != 0;
}

struct enc_row *enc_row_updated(const struct enc_row *row,
				const struct enc_row *change)
{
	struct enc_row *copy = allocate(row->type);

	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];

		copy_column(copy, is_changed(row, column) ? change : row,
			    column);
	}
	return copy;
}

void enc_row_change(struct enc_row *row, const struct enc_row *change)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];

		if (!is_changed(row, column)) {
			continue;
		}
		if (column->kind == ENC_COLUMN_TEXT) {
			enc_row_set_text(row, column,
					 enc_row_text(change, column));
		} else {
			enc_row_set_number(row, column,
					   enc_row_number(change, column));
		}
	}
}

void enc_row_done(struct enc_row *row)
{
	if (row->type != NULL) {
		enc_keep_release(&row->memory);
		memset(row, 0, row->type->size);
	}
}

void enc_row_free(struct enc_row *row)
{
	if (row != NULL) {
		enc_row_done(row);
		free(row);
	}
}

/* ---- two rows ---- */

static int compare_column(const struct enc_row *a, const struct enc_row *b,
			  const struct enc_row_column *column)
{
	int64_t left;
	int64_t right;

	if (column->kind == ENC_COLUMN_TEXT) {
		return strcmp(enc_row_text(a, column), enc_row_text(b, column));
	}
	left = enc_row_number(a, column);
	right = enc_row_number(b, column);
	return (left > right) - (left < right);
}

/*
 * compare_columns() - compare rows by the columns with @flag, in the order of
 * the columns
 */
static int compare_columns(const struct enc_row *a, const struct enc_row *b,
			   unsigned int flag)
{
	int order = 0;

	ENC_ASSERT(a->type == b->type);
	for (size_t i = 0; order == 0 && i < a->type->column_count; i++) {
		if ((a->type->columns[i].flags & flag) != 0) {
			order = compare_column(a, b, &a->type->columns[i]);
		}
	}
	return order;
}

bool enc_row_same_key(const struct enc_row *a, const struct enc_row *b)
{
	return compare_columns(a, b, ENC_COLUMN_KEY) == 0;
}

bool enc_row_collides(const struct enc_row *a, const struct enc_row *b)
{
	unsigned int unique = ENC_COLUMN_UNIQUE;

	if (compare_columns(a, b, ENC_COLUMN_ORG) == 0) {
		unique |= ENC_COLUMN_UNIQUE_IN_ORG;
	}
	for (size_t i = 0; i < a->type->column_count; i++) {
		const struct enc_row_column *column = &a->type->columns[i];

		if ((column->flags & unique) != 0 &&
		    compare_column(a, b, column) == 0) {
			return true;
		}
	}
	return enc_row_same_key(a, b);
}

/*
 * matches_text() - whether a text matches a filter value; NULL matches any text
 */
static bool matches_text(const struct enc_row_column *column, const char *text,
			 const char *wanted)
{
	if (wanted == NULL) {
		return true;
	}
	return (column->flags & ENC_COLUMN_PREFIX) != 0
		       ? strncmp(text, wanted, strlen(wanted)) == 0
		       : strcmp(text, wanted) == 0;
}

bool enc_row_matches(const struct enc_row *row, const struct enc_row *like)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];

		if ((column->flags & ENC_COLUMN_FILTER) != 0 &&
		    !matches_text(column, enc_row_text(row, column),
				  enc_row_text(like, column))) {
			return false;
		}
	}
	return true;
}

int enc_row_order(const struct enc_row *a, const struct enc_row *b)
{
	int order = compare_columns(a, b, ENC_COLUMN_ORDER);

	return order != 0 ? order : compare_columns(a, b, ENC_COLUMN_KEY);
}
