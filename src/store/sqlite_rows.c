#include "sqlite_rows.h"

/* ---- SQL ---- */

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

/* Prints the SQL for one column; @number is the column's parameter. */
typedef void column_fn(struct enc_buf *out, const struct enc_row_column *column,
		       size_t number);

static void print_name(struct enc_buf *out, const struct enc_row_column *column,
		       size_t number)
{
	(void)number;
	PRINT(out, "%s", column->name);
}

static void print_parameter(struct enc_buf *out,
			    const struct enc_row_column *column, size_t number)
{
	(void)column;
	PRINT(out, "?%zu", number);
}

static void print_equal(struct enc_buf *out,
			const struct enc_row_column *column, size_t number)
{
	PRINT(out, "%s = ?%zu", column->name, number);
}

/*
 * print_found() - print a condition of a read. If the row names no
 * organisation, rows of any organisation match.
 */
static void print_found(struct enc_buf *out,
			const struct enc_row_column *column, size_t number)
{
	if ((column->flags & ENC_COLUMN_KEY) != 0) {
		print_equal(out, column, number);
	} else {
		PRINT(out, "(?%zu IS NULL OR %s = ?%zu)", number, column->name,
		      number);
	}
}

static void print_set(struct enc_buf *out, const struct enc_row_column *column,
		      size_t number)
{
	if ((column->flags & ENC_COLUMN_ONCE) != 0) {
		PRINT(out, "%s = iif(%s = 0, ?%zu, %s)", column->name,
		      column->name, number, column->name);
	} else {
		print_equal(out, column, number);
	}
}

/*
 * print_columns() - print the columns that @takes selects, with @separator
 * between them
 */
static void print_columns(struct enc_buf *out, const struct enc_row_type *type,
			  bool (*takes)(const struct enc_row_column *column),
			  const char *separator, column_fn *print)
{
	const char *before = "";

	for (size_t i = 0; i < type->column_count; i++) {
		if (takes(&type->columns[i])) {
			PRINT(out, "%s", before);
			print(out, &type->columns[i], i + 1);
			before = separator;
		}
	}
}

static bool any_column(const struct enc_row_column *column)
{
	return column->name != NULL;
}

static bool is_inserted(const struct enc_row_column *column)
{
	return enc_row_takes(column, ENC_ROW_INSERT);
}

static bool is_set(const struct enc_row_column *column)
{
	return (column->flags & (ENC_COLUMN_CHANGES | ENC_COLUMN_ONCE)) != 0;
}

/* finds() - whether the column helps to identify a row */
static bool finds(const struct enc_row_column *column)
{
	return enc_row_takes(column, ENC_ROW_GET);
}

static bool lists(const struct enc_row_column *column)
{
	return enc_row_takes(column, ENC_ROW_LIST);
}

static bool orders(const struct enc_row_column *column)
{
	return (column->flags & ENC_COLUMN_ORDER) != 0;
}

static bool is_key(const struct enc_row_column *column)
{
	return (column->flags & ENC_COLUMN_KEY) != 0;
}

static bool has(const struct enc_row_type *type,
		bool (*which)(const struct enc_row_column *column))
{
	for (size_t i = 0; i < type->column_count; i++) {
		if (which(&type->columns[i])) {
			return true;
		}
	}
	return false;
}

static void print_insert(const struct enc_row_type *type, struct enc_buf *out)
{
	PRINT(out, "INSERT INTO %s(", type->table);
	print_columns(out, type, is_inserted, ", ", print_name);
	PRINT(out, ") VALUES(");
	print_columns(out, type, is_inserted, ", ", print_parameter);
	PRINT(out, ")");
}

static void print_update(const struct enc_row_type *type, struct enc_buf *out)
{
	if (!has(type, is_set)) {
		return;
	}
	PRINT(out, "UPDATE %s SET ", type->table);
	print_columns(out, type, is_set, ", ", print_set);
	PRINT(out, " WHERE ");
	print_columns(out, type, finds, " AND ", print_equal);
}

static void print_remove(const struct enc_row_type *type, struct enc_buf *out)
{
	PRINT(out, "DELETE FROM %s WHERE ", type->table);
	print_columns(out, type, finds, " AND ", print_equal);
}

static void print_get(const struct enc_row_type *type, struct enc_buf *out)
{
	PRINT(out, "SELECT ");
	print_columns(out, type, any_column, ", ", print_name);
	PRINT(out, " FROM %s WHERE ", type->table);
	print_columns(out, type, finds, " AND ", print_found);
}

static void print_list(const struct enc_row_type *type, struct enc_buf *out)
{
	PRINT(out, "SELECT ");
	print_columns(out, type, any_column, ", ", print_name);
	PRINT(out, " FROM %s", type->table);
	if (has(type, lists)) {
		PRINT(out, " WHERE ");
		print_columns(out, type, lists, " AND ", print_equal);
	}
	PRINT(out, " ORDER BY ");
	print_columns(out, type, orders, ", ", print_name);
	PRINT(out, "%s", has(type, orders) ? ", " : "");
	print_columns(out, type, is_key, ", ", print_name);
}

static const struct op_row {
	void (*print)(const struct enc_row_type *type, struct enc_buf *out);
	bool reader; /* prepared on the loop's connection */
} op_rows[ENC_ROW_OP_MAX] = {
	[ENC_ROW_INSERT] = { print_insert, false },
	[ENC_ROW_UPDATE] = { print_update, false },
	[ENC_ROW_REMOVE] = { print_remove, false },
	[ENC_ROW_GET] = { print_get, true },
	[ENC_ROW_LIST] = { print_list, true },
};

void enc_sqlite_row_sql(const struct enc_row_type *type, enum enc_row_op op,
			struct enc_buf *ret_sql)
{
	op_rows[op].print(type, ret_sql);
}

/* prepare() - prepare the statement of one operation on one table */
static enum enc_code prepare(struct enc_sqlite_db *db, size_t table,
			     enum enc_row_op op, struct enc_error *err)
{
	ENC_AUTO(buf) sql = ENC_BUF(ENC_SQLITE_SQL_MAX_BYTES);

	enc_sqlite_row_sql(enc_store_tables[table], op, &sql);
	if (sql.length > 0 &&
	    sqlite3_prepare_v3(db->handle, (const char *)enc_buf_bytes(&sql),
			       (int)sql.length, SQLITE_PREPARE_PERSISTENT,
			       &db->rows[table][op], NULL) != SQLITE_OK) {
		return enc_sqlite_fail(db, "the store's schema is not ours",
				       err);
	}
	return ENC_OK;
}

enum enc_code enc_sqlite_prepare_rows(struct enc_sqlite_db *db, bool reader,
				      struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	for (size_t table = 0; table < ENC_STORE_TABLE_COUNT; table++) {
		for (int op = 0; code == ENC_OK && op < ENC_ROW_OP_MAX; op++) {
			if (op_rows[op].reader == reader) {
				code = prepare(db, table, (enum enc_row_op)op,
					       err);
			}
		}
	}
	return code;
}

/* ---- rows ---- */

void enc_sqlite_bind_row(sqlite3_stmt *statement, enum enc_row_op op,
			 const struct enc_row *row)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];
		int at = (int)i + 1;

		if (!enc_row_takes(column, op)) {
			continue;
		}
		if (column->kind == ENC_COLUMN_TEXT) {
			ENC_MUST(sqlite3_bind_text(statement, at,
						   enc_row_text(row, column),
						   -1, SQLITE_STATIC));
		} else {
			ENC_MUST(sqlite3_bind_int64(statement, at,
						    enc_row_number(row,
								   column)));
		}
	}
}

void enc_sqlite_take_row(sqlite3_stmt *from, struct enc_row *row)
{
	for (size_t i = 0; i < row->type->column_count; i++) {
		const struct enc_row_column *column = &row->type->columns[i];

		if (column->kind == ENC_COLUMN_TEXT) {
			enc_row_set_text(row, column,
					 (const char *)sqlite3_column_text(
						 from, (int)i));
		} else {
			enc_row_set_number(row, column,
					   sqlite3_column_int64(from, (int)i));
		}
	}
}

/*
 * bound() - return the statement of an operation, with the columns of @row
 * bound
 */
static sqlite3_stmt *bound(struct enc_sqlite_db *db, enum enc_row_op op,
			   const struct enc_row *row)
{
	sqlite3_stmt *statement = db->rows[enc_store_table(row->type)][op];

	ENC_ASSERT(statement != NULL);
	enc_sqlite_bind_row(statement, op, row);
	return statement;
}

enum enc_code enc_sqlite_write_row(struct enc_sqlite_db *db, enum enc_row_op op,
				   const struct enc_row *row,
				   struct enc_error *err)
{
	enum enc_code code = enc_sqlite_step(db, bound(db, op, row), err);

	if (code == ENC_NOT_FOUND && op == ENC_ROW_REMOVE) {
		/*
		 * A removal can violate a foreign key only if other rows refer
		 * to the row.
		 */
		return enc_fail(err, ENC_CONFLICT,
				"%s: other rows belong to it", row->type->name);
	}
	if (code == ENC_OK && sqlite3_changes(db->handle) == 0) {
		return enc_fail(err, ENC_NOT_FOUND, "there is no such %s",
				row->type->name);
	}
	return code;
}

struct row_visit {
	struct enc_row *row; /* scratch row of the type that is read */
	enc_row_fn *visit;
	void *context;
};

static bool take_row(sqlite3_stmt *from, void *context)
{
	const struct row_visit *visit = context;

	enc_sqlite_take_row(from, visit->row);
	return visit->visit(visit->context, visit->row);
}

enum enc_code enc_sqlite_read_rows(struct enc_sqlite_db *db, enum enc_row_op op,
				   const struct enc_row *wanted,
				   enc_row_fn *visit, void *context,
				   struct enc_error *err)
{
	enc_autofree struct enc_row *row = enc_xalloc(wanted->type->size);
	struct row_visit to = { row, visit, context };

	row->type = wanted->type;
	return enc_sqlite_each(db, bound(db, op, wanted), take_row, &to, err);
}
