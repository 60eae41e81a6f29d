#include "core/time.h"

#include "core/error.h"

#include <stdio.h>
#include <stdlib.h>
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

int time_parse(const char *text, uint64_t *time_ns)
{
	struct tm tm = {0};
	int n = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3)
		return ERROR_USAGE;
	text += n;
	uint64_t fraction = 0;
	if (*text == 'T' || *text == ' ') {
		if (sscanf(++text, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 3)
			return ERROR_USAGE;
		text += n;
		if (*text == '.') {
			uint64_t scale = NS_PER_SECOND / 10;
			for (text++; *text >= '0' && *text <= '9'; text++, scale /= 10)
				fraction += (uint64_t)(*text - '0') * scale;
		}
		if (*text == 'Z')
			text++;
	}
	if (*text)
		return ERROR_USAGE;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	time_t t = timegm(&tm);
	if (t < 0)
		return ERROR_USAGE;
	*time_ns = (uint64_t)t * NS_PER_SECOND + fraction;
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
