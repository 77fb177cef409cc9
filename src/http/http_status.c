#include "http_status.h"

const char *enc_http_status_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} rows[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].status == status) {
			return rows[i].reason;
		}
	}
	return "Unknown";
}

enum enc_code enc_http_status_code(int status)
{
	static const struct {
		int status;
		enum enc_code code;
	} rows[] = {
		{ 414, ENC_URI_TOO_LONG }, { 431, ENC_HEAD_TOO_LARGE },
		{ 505, ENC_VERSION },	   { 413, ENC_LIMIT },
		{ 417, ENC_EXPECTATION },  { 503, ENC_UNAVAILABLE },
		{ 429, ENC_BUSY },
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].status == status) {
			return rows[i].code;
		}
	}
	return ENC_BAD_REQUEST;
}
