#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct doctor_line *doctor_add(struct doctor *d, const char *check, enum doctor_grade grade, const char *format, ...)
{
	struct doctor_line *line = &d->lines[d->n < DOCTOR_LINES ? d->n++ : DOCTOR_LINES - 1];
	*line = (struct doctor_line){.check = check, .grade = grade};
	memcpy(line->interface, d->interface, sizeof line->interface);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line->text, sizeof line->text, format, arguments);
	va_end(arguments);
	return line;
}

void doctor_mend(struct doctor_line *line, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line->mend, sizeof line->mend, format, arguments);
	va_end(arguments);
}

const char *doctor_read(char *out, uint32_t size, const char *format, ...)
{
	char path[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(path, sizeof path, format, arguments);
	va_end(arguments);
	*out = 0;
	FILE *f = fopen(path, "re");
	if (!f)
		return out;
	if (!fgets(out, (int)size, f))
		*out = 0;
	fclose(f);
	out[strcspn(out, "\n")] = 0;
	return out;
}
