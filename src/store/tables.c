#include "store.h"

/* Defines the row types, and the list of them, from the lists of tables.h. */
/* clang-format off */
#define COLUMN(row, member, most, flag)					\
	{ ENC_COLUMN(row, member), .max = (most), .flags = (flag) },

#define X(symbol, table_name, row, what, columns_of_row)		\
	static const struct enc_row_column symbol##_columns[] = {	\
		columns_of_row(COLUMN)					\
	};								\
	const struct enc_row_type enc_store_##symbol = {		\
		.name = (what),						\
		.table = (table_name),					\
		.size = sizeof(row),					\
		.columns = symbol##_columns,				\
		.column_count = ENC_COUNT(symbol##_columns),		\
	};
X(sessions, "sessions", struct enc_store_session, "session",
  ENC_STORE_SESSION_COLUMNS)
ENC_STORE_TABLES(X)
#undef X

const struct enc_row_type *const enc_store_tables[] = {
#define X(symbol, ...) &enc_store_##symbol,
	ENC_STORE_TABLES(X)
#undef X
};
/* clang-format on */

size_t enc_store_table(const struct enc_row_type *type)
{
	size_t at = 0;

	while (at < ENC_STORE_TABLE_COUNT && enc_store_tables[at] != type) {
		at++;
	}
	ENC_ASSERT(at < ENC_STORE_TABLE_COUNT);
	return at;
}
