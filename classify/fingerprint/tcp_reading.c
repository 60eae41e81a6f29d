#include "classify/fingerprint/tcp_reading.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned sent_with(unsigned ttl)
{
	return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

static size_t multiple(char *out, size_t n, const char *what, unsigned window, unsigned of)
{
	if (!of || !window || window % of)
		return n;
	int more = snprintf(out + n, TCP_READING_BYTES - n, " win=%s*%u", what, window / of);
	return more > 0 && (size_t)more < TCP_READING_BYTES - n ? n + (size_t)more : n;
}

size_t tcp_reading(const char *text, size_t len, char out[TCP_READING_BYTES])
{
	unsigned version, ttl, options, mss, window;
	if (len >= TCP_READING_BYTES || memchr(text, 0, len))
		return 0;
	memcpy(out, text, len);
	out[len] = 0;
	if (sscanf(out, "%1u:%3u:%5u:%5u:%5u,", &version, &ttl, &options, &mss, &window) != 5)
		return 0;
	bool stamped = strstr(out, ",ts") || strstr(out, ":ts");
	unsigned headers = version == 6 ? 60 : 40;
	int more = snprintf(out + len, TCP_READING_BYTES - len, " ttl=%u", sent_with(ttl));
	if (more <= 0 || (size_t)more >= TCP_READING_BYTES - len)
		return 0;
	size_t n = len + (size_t)more;
	n = multiple(out, n, "mss", window, mss);
	if (stamped && mss > 12)
		n = multiple(out, n, "mss", window, mss - 12);
	if (mss)
		n = multiple(out, n, "mtu", window, mss + headers);
	if (mss + headers != 1500)
		n = multiple(out, n, "mtu", window, 1500);
	return n;
}
