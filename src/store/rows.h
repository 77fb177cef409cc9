#ifndef ENC_STORE_ROWS_H
#define ENC_STORE_ROWS_H

/*
 * Theory of operation
 *
 * A stored resource is a struct, its row, and a row type that lists members of
 * the struct as columns. Limits, copies, SQL statements and the memory store
 * go over that list, so a new resource needs no code here. tables.h has the
 * resources that there are.
 *
 * A row begins with a struct enc_row, which names its type. A row that was
 * read owns what its members point to. A row that is written borrows it.
 *
 * This file knows nothing of threads, SQL or the resources.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct enc_row_type;

struct enc_row {
	const struct enc_row_type *type;
	void *memory; /* what the members of an owned row point to */
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
	/* Columns with this flag are the primary key, together. */
	ENC_COLUMN_KEY = 1 << 0,
	/*
	 * The organisation that the row belongs to. It must exist. An update,
	 * a removal and a list name it and never touch a row of another one.
	 */
	ENC_COLUMN_ORG = 1 << 1,
	/* No two rows have the same value. */
	ENC_COLUMN_UNIQUE = 1 << 2,
	/* Lists are sorted by this column, then by the key. */
	ENC_COLUMN_ORDER = 1 << 3,
	/* An update writes it. Without this flag a column is fixed. */
	ENC_COLUMN_CHANGES = 1 << 4,
	/* 0 in a new row. The first update sets it, later ones keep it. */
	ENC_COLUMN_ONCE = 1 << 5,
	/* 0 in a new row. Only the store itself writes it. */
	ENC_COLUMN_DERIVED = 1 << 6,
	/* A page of sessions may be asked for one value of it. Text only. */
	ENC_COLUMN_FILTER = 1 << 7,
	/* With FILTER: a page may be asked for how the value begins, in bytes. */
	ENC_COLUMN_PREFIX = 1 << 8,
};

struct enc_row_column {
	const char *name; /* of the member and of the table's column */
	size_t offset;	  /* of the member in the row's struct */
	enum enc_column_kind kind;
	uint64_t max; /* bytes of a text, or the largest number */
	unsigned int flags;
};

/* clang-format off */
/* The first three members of a column. The C type decides about the kind. */
#define ENC_COLUMN(row, member)						\
	.name = #member, .offset = offsetof(row, member),		\
	.kind = _Generic(((row *)NULL)->member,				\
			 const char *: ENC_COLUMN_TEXT,			\
			 int64_t: ENC_COLUMN_SIGNED,			\
			 uint64_t: ENC_COLUMN_COUNT,			\
			 bool: ENC_COLUMN_FLAG)
/* clang-format on */

struct enc_row_type {
	const char *name; /* in messages: "there is no such <name>" */
	const char *table;
	size_t size; /* of the row's struct */
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

/* enc_row_takes() - whether an operation uses that column of the row it got */
bool enc_row_takes(const struct enc_row_column *column, enum enc_row_op op);

/* enc_row_text() - a member of kind TEXT */
const char *enc_row_text(const struct enc_row *row,
			 const struct enc_row_column *column);
void enc_row_set_text(struct enc_row *row, const struct enc_row_column *column,
		      const char *text);

/* enc_row_number() - a member of one of the other kinds */
int64_t enc_row_number(const struct enc_row *row,
		       const struct enc_row_column *column);
void enc_row_set_number(struct enc_row *row,
			const struct enc_row_column *column, int64_t number);

/* enc_row_org() - the organisation of a row; NULL if its type has none */
const char *enc_row_org(const struct enc_row *row);

/*
 * enc_row_check() - hold what an operation takes of a row to the columns'
 * limits
 *
 * Return: ENC_OK; ENC_LIMIT
 */
ENC_NODISCARD enum enc_code enc_row_check(const struct enc_row *row,
					  enum enc_row_op op,
					  struct enc_error *err);

/* enc_row_as() - downcast: the struct of a row that must be of @type */
const void *enc_row_as(const struct enc_row *row,
		       const struct enc_row_type *type);

/* ---- owned rows ---- */

/* enc_row_copy() - an owned copy of all columns into a struct of that type */
void enc_row_copy(struct enc_row *ret_row, const struct enc_row *row);

/* enc_row_new() - a heap copy of what @op takes of a row; the rest is 0 */
struct enc_row *enc_row_new(const struct enc_row *row, enum enc_row_op op);

/* enc_row_updated() - a heap copy of @row as an update by @change leaves it */
struct enc_row *enc_row_updated(const struct enc_row *row,
				const struct enc_row *change);

/* enc_row_change() - the same in place; @row borrows what @change points to */
void enc_row_change(struct enc_row *row, const struct enc_row *change);

/* enc_row_done() - release an owned row and zero it; fine for a zeroed one */
void enc_row_done(struct enc_row *row);

/* enc_row_free() - of a heap copy; NULL is fine */
void enc_row_free(struct enc_row *row);

/* On a local struct that begins with a row: done at the end of its scope. */
static inline void enc_autorow_(void *row)
{
	enc_row_done(row);
}
#define enc_autorow __attribute__((cleanup(enc_autorow_)))

/* ---- two rows of one type ---- */

/* enc_row_same_key() - whether all key columns are equal */
bool enc_row_same_key(const struct enc_row *a, const struct enc_row *b);

/* enc_row_collides() - whether both can't be in one table */
bool enc_row_collides(const struct enc_row *a, const struct enc_row *b);

/* enc_row_matches() - whether @row matches each FILTER value of @like */
bool enc_row_matches(const struct enc_row *row, const struct enc_row *like);

/* enc_row_order() - below, equal to or above 0, as lists are sorted */
int enc_row_order(const struct enc_row *a, const struct enc_row *b);

#endif
