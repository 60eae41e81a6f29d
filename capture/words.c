#include "capture/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word without its quotes; *from moves behind it. False when a quote is left open. */
static bool take(const char **from, char **to)
{
	const char *p = *from;
	char *out = *to, quote = 0;
	for (; *p && (quote || !blank(*p)); p++) {
		if (quote == *p) {
			quote = 0;
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else {
			p += *p == '\\' && quote != '\'' && p[1];
			*out++ = *p;
		}
	}
	*out++ = '\0';
	*from = p;
	*to = out;
	return !quote;
}

int words_init(struct words *w, const char *first, const char *text, struct error *error)
{
	size_t len = strlen(text), first_len = first ? strlen(first) + 1 : 0;
	*w = (struct words){
		.items = calloc(len / 2 + 3, sizeof *w->items),
		.text = malloc(first_len + len + 2),
	};
	if (!w->items || !w->text) {
		words_fini(w);
		return error_set(error, ERROR_FAILED, "out of memory");
	}
	char *to = w->text;
	if (first) {
		w->items[w->count++] = memcpy(to, first, first_len);
		to += first_len;
	}
	for (;;) {
		while (blank(*text))
			text++;
		if (!*text)
			return 0;
		w->items[w->count++] = to;
		if (!take(&text, &to)) {
			words_fini(w);
			return error_set(error, ERROR_USAGE, "a quote is left open; close it");
		}
	}
}

void words_fini(struct words *w)
{
	free(w->items);
	free(w->text);
	*w = (struct words){0};
}
