#include "classify/greeting.h"

#include <string.h>
#include <strings.h>

#define PREFIX_WORDS 2 /* "* OK", "+OK", "220" may still stand before the greeting */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool of_label(char c)
{
	return letter(c) || digit(c) || c == '-' || c == '_';
}

/* Labels with dots between them, the last of letters only: 4.96 and 9.2p1 are none. */
static bool labels(const char *word, size_t len)
{
	size_t last = len;
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '.' && i && word[i - 1] != '.')
			last = i + 1;
		else if (!of_label(word[i]))
			return false;
	}
	if (last + 2 > len)
		return false;
	for (size_t i = last; i < len; i++)
		if (!letter(word[i]))
			return false;
	return true;
}

/* "220", "220-…", "*", "OK", "+OK": what the protocol puts before the text. */
static bool prefix(const char *word, size_t len)
{
	bool code = len == 3 && digit(word[0]) && digit(word[1]) && digit(word[2]);
	return code || (len == 1 && *word == '*') || (len == 2 && !memcmp(word, "OK", 2)) ||
	       (len == 3 && !memcmp(word, "+OK", 3));
}

static bool greets(enum field field)
{
	return field == FIELD_SMTP_BANNER || field == FIELD_FTP_BANNER || field == FIELD_IMAP_BANNER ||
	       field == FIELD_POP3_BANNER || field == FIELD_NNTP_BANNER || field == FIELD_TELNET_BANNER;
}

bool greeting_host(enum field field, const char *value, size_t len, struct greeting_name *name)
{
	unsigned skipped = 0;
	if (!greets(field))
		return false;
	if (len > 4 && value[3] == '-' && prefix(value, 3)) {
		name->end = 4;
		skipped = PREFIX_WORDS;
	} else {
		name->end = 0;
	}
	while (name->end < len) {
		for (name->from = name->end; name->from < len && value[name->from] == ' ';)
			name->from++;
		for (name->end = name->from; name->end < len && value[name->end] != ' ';)
			name->end++;
		size_t n = name->end - name->from;
		if (labels(value + name->from, n))
			return true;
		if (skipped++ < PREFIX_WORDS && prefix(value + name->from, n))
			continue;
		skipped = PREFIX_WORDS;
		if (field == FIELD_SMTP_BANNER) /* some firewalls write "*****" over it */
			return n > 0 && of_label(value[name->from]);
	}
	return false;
}

size_t greeting_status(enum field field, const char *value, size_t len)
{
	static const char *const states[] = {"* OK ", "* PREAUTH ", "* BYE ", "+OK "};
	bool mailbox = field == FIELD_IMAP_BANNER || field == FIELD_POP3_BANNER;
	for (size_t i = 0; mailbox && i < sizeof states / sizeof *states; i++) {
		size_t n = strlen(states[i]);
		if (len > n && strncasecmp(value, states[i], n) == 0)
			return n;
	}
	return 0;
}
