#ifndef ENC_STORE_ROWS_H
#define ENC_STORE_ROWS_H

/*
 * Theory of operation
 *
 * A stored resource is a struct, called its row, and a row type that lists
 * members of the struct as columns. Limits, copies, SQL statements and the
 * memory store are generic over that list, so a new resource needs no code
 * here. tables.h defines the resources.
 *
 * A row begins with a struct enc_row, which names its type. A row that was read
 * owns what its members point to. A row that is to be written borrows it.
 *
 * This module depends neither on threads and SQL nor on the resources.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct enc_row_type;

struct enc_row {
	const struct enc_row_type *type;
	void *memory; /* memory that the members of an owned row point to */
};

enum enc_column_kind {
	ENC_COLUMN_INVALID,
	ENC_COLUMN_TEXT,   /* const char *, never NULL in a stored row */
	ENC_COLUMN_SIGNED, /* int64_t */
	ENC_COLUMN_COUNT,  /* uint64_t, at most INT64_MAX */
	ENC_COLUMN_FLAG,   /* bool */
	ENC_COLUMN_KIND_MAX,
};

enum enc_column_flags {
	/* The columns with this flag together are the primary key. */
	ENC_COLUMN_KEY = 1 << 0,
	/*
	 * The organisation of the row, which must exist. An update, removal or
	 * list names an organisation, and never touches rows of another one.
	 */
	ENC_COLUMN_ORG = 1 << 1,
	/* No two rows have the same value in this column. */
	ENC_COLUMN_UNIQUE = 1 << 2,
	/* Lists are sorted by this column, then by the key. */
	ENC_COLUMN_ORDER = 1 << 3,
	/*
	 * An update writes this column. A column without CHANGES or ONCE is
	 * fixed.
	 */
	ENC_COLUMN_CHANGES = 1 << 4,
	/*
	 * The column is 0 in a new row. The first update sets it, later ones
	 * keep it.
	 */
	ENC_COLUMN_ONCE = 1 << 5,
	/*
	 * A column with this flag is 0 in a new row, and only the store changes
	 * it.
	 */
	ENC_COLUMN_DERIVED = 1 << 6,
	/*
	 * A list of sessions may be filtered by a value of this column. Text
	 * only.
	 */
	ENC_COLUMN_FILTER = 1 << 7,
	/* With FILTER: the filter value is a prefix, compared byte by byte. */
	ENC_COLUMN_PREFIX = 1 << 8,
	/* No two rows of one organisation have the same value in this column. */
	ENC_COLUMN_UNIQUE_IN_ORG = 1 << 9,
};

struct enc_row_column {
	const char *name; /* name of the member and of the column in SQL */
	size_t offset;	  /* offset of the member in the row's struct */
	enum enc_column_kind kind;
	/* The largest allowed number, or length of a text in bytes. */
	uint64_t max;
	unsigned int flags;
};

/* clang-format off */
/*
 * Initializes name, offset and kind of a column. The kind follows from the C
 * type of the member.
 */
#define ENC_COLUMN(row, member)						\
	.name = #member, .offset = offsetof(row, member),		\
	.kind = _Generic(((row *)NULL)->member,				\
			 const char *: ENC_COLUMN_TEXT,			\
			 int64_t: ENC_COLUMN_SIGNED,			\
			 uint64_t: ENC_COLUMN_COUNT,			\
			 bool: ENC_COLUMN_FLAG)
/* clang-format on */

struct enc_row_type {
	/* Name for messages, as in "there is no such <name>". */
	const char *name;
	const char *table;
	size_t size; /* size of the row's struct */
	const struct enc_row_column *columns;
	size_t column_count;
};

enum enc_row_op {
	ENC_ROW_INSERT,
	ENC_ROW_UPDATE,
	ENC_ROW_REMOVE,
	ENC_ROW_GET,
	ENC_ROW_LIST,
	ENC_ROW_OP_MAX,
};

/*
 * enc_row_takes() - whether an operation uses this column of the row that it is
 * given
 */
bool enc_row_takes(const struct enc_row_column *column, enum enc_row_op op);

/*
 * enc_row_text(), enc_row_set_text() - get or set a member of kind TEXT. The
 * text is not copied.
 */
const char *enc_row_text(const struct enc_row *row,
			 const struct enc_row_column *column);
void enc_row_set_text(struct enc_row *row, const struct enc_row_column *column,
		      const char *text);

/*
 * enc_row_number(), enc_row_set_number() - get or set a member of any kind
 * except TEXT
 */
int64_t enc_row_number(const struct enc_row *row,
		       const struct enc_row_column *column);
void enc_row_set_number(struct enc_row *row,
			const struct enc_row_column *column, int64_t number);

/*
 * enc_row_org() - return the organisation of a row; NULL if its type has no
 * such column
 */
const char *enc_row_org(const struct enc_row *row);

/*
 * enc_row_check() - check the columns that an operation uses against their
 * limits
 *
 * Return: ENC_OK; ENC_LIMIT
 */
ENC_NODISCARD enum enc_code enc_row_check(const struct enc_row *row,
					  enum enc_row_op op,
					  struct enc_error *err);

/*
 * enc_row_as() - downcast @row to the struct of @type; any other type is a bug
 */
const void *enc_row_as(const struct enc_row *row,
		       const struct enc_row_type *type);

/* ---- owned rows ---- */

/*
 * enc_row_copy() - copy all columns into the struct @ret_row, which then owns
 * the copies
 */
void enc_row_copy(struct enc_row *ret_row, const struct enc_row *row);

/*
 * enc_row_new() - make a heap copy of the columns that @op uses; the other
 * columns are 0
 */
struct enc_row *enc_row_new(const struct enc_row *row, enum enc_row_op op);

/* enc_row_updated() - make a heap copy of @row, updated by @change */
struct enc_row *enc_row_updated(const struct enc_row *row,
				const struct enc_row *change);

/* enc_row_change() - update @row in place; it borrows the texts of @change */
void enc_row_change(struct enc_row *row, const struct enc_row *change);

/*
 * enc_row_done() - free what an owned row points to, and zero the row; fine for
 * a zeroed one
 */
void enc_row_done(struct enc_row *row);

/* enc_row_free() - free a heap copy; NULL is fine */
void enc_row_free(struct enc_row *row);

/*
 * Attribute for a local struct that begins with a row: enc_row_done() is called
 * at the end of its scope.
 */
static inline void enc_autorow_(void *row)
{
	enc_row_done(row);
}
#define enc_autorow __attribute__((cleanup(enc_autorow_)))

/* ---- two rows of one type ---- */

/* enc_row_same_key() - whether all key columns are equal */
bool enc_row_same_key(const struct enc_row *a, const struct enc_row *b);

/*
 * enc_row_collides() - whether the rows can't both be in one table, because a
 * key or unique value is equal
 */
bool enc_row_collides(const struct enc_row *a, const struct enc_row *b);

/*
 * enc_row_matches() - whether @row matches the FILTER columns of @like; NULL
 * matches any value
 */
bool enc_row_matches(const struct enc_row *row, const struct enc_row *like);

/*
 * enc_row_order() - compare two rows by the order of lists; returns below,
 * equal to or above 0
 */
int enc_row_order(const struct enc_row *a, const struct enc_row *b);

#endif
