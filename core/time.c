#include "core/time.h"

#include "core/error.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

/* Civil date of a day count since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static void civil(int64_t days, int *year, unsigned *month, unsigned *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned doe = (unsigned)(days - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static void digits(char *p, unsigned value, int n)
{
	for (p += n; n--; value /= 10)
		*--p = (char)('0' + value % 10);
}

void time_text(uint64_t time_ns, char out[TIME_TEXT_BYTES])
{
	uint64_t s = time_ns / NS_PER_SECOND, day_s = s % 86400;
	int year;
	unsigned month, day;
	civil((int64_t)(s / 86400), &year, &month, &day);
	memcpy(out, "0000-00-00T00:00:00.000000Z", TIME_TEXT_BYTES);
	digits(out, (unsigned)year, 4);
	digits(out + 5, month, 2);
	digits(out + 8, day, 2);
	digits(out + 11, (unsigned)(day_s / 3600), 2);
	digits(out + 14, (unsigned)(day_s / 60 % 60), 2);
	digits(out + 17, (unsigned)(day_s % 60), 2);
	digits(out + 20, (unsigned)(time_ns % NS_PER_SECOND / 1000), 6);
}

#define LAST_YEAR 2261 /* its last nanosecond still is an int64_t, as databases keep it */

/* Days since 1970 of a civil date; the inverse of civil(). */
static int64_t days_of(int year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* Reads `n` digits and, unless it is 0, the character behind them; false when something else stands there. */
static bool number(const char **text, int n, char behind, unsigned *out)
{
	const char *p = *text;
	for (*out = 0; n; n--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*out = 10 * *out + (unsigned)(*p - '0');
	}
	if (behind && *p++ != behind)
		return false;
	*text = p;
	return true;
}

/* hh:mm:ss[.frac]; a leap second counts as the next (RFC 3339 5.6). */
static bool time_of_day(const char **text, uint64_t *out_ns)
{
	unsigned hour, minute, second;
	if (!number(text, 2, ':', &hour) || !number(text, 2, ':', &minute) || !number(text, 2, 0, &second) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;
	*out_ns = (hour * 3600ull + minute * 60 + second) * NS_PER_SECOND;
	const char *p = *text;
	if (*p == '.') {
		uint64_t scale = NS_PER_SECOND / 10;
		for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
			*out_ns += (uint64_t)(*p - '0') * scale;
	}
	*text = p + (*p == 'Z');
	return true;
}

/* False where a month is shorter: its days were counted on into the next. */
static bool is_day_of_month(int64_t days, unsigned day)
{
	int year;
	unsigned month, there;
	civil(days, &year, &month, &there);
	return there == day;
}

int time_parse(const char *text, uint64_t *time_ns)
{
	unsigned year, month, day;
	uint64_t of_day_ns = 0;
	if (!number(&text, 4, '-', &year) || !number(&text, 2, '-', &month) || !number(&text, 2, 0, &day) ||
	    month < 1 || month > 12 || day < 1 || year < 1970 || year > LAST_YEAR)
		return ERROR_USAGE;
	int64_t days = days_of((int)year, month, day);
	if (day > 28 && !is_day_of_month(days, day))
		return ERROR_USAGE;
	if ((*text == 'T' || *text == ' ') && (text++, !time_of_day(&text, &of_day_ns)))
		return ERROR_USAGE;
	if (*text)
		return ERROR_USAGE;
	*time_ns = (uint64_t)days * (86400 * NS_PER_SECOND) + of_day_ns;
	return 0;
}

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

uint64_t time_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

double time_cpu_seconds(void)
{
	return (double)read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
}
