#include "cli/cmd_doctor.h"

#include "cli/doctor.h"
#include "cli/option_sets.h"
#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

struct doctor_options {
	struct option_texts interfaces;
	bool json;
	struct options common;
};

#define AT(member) offsetof(struct doctor_options, member)

static const struct option_row rows[] = {
	{'i', "interface", OPTION_TEXTS, "IFACE", "an interface that is to be watched, any number", AT(interfaces), 0,
	 0},
	{0, "json", OPTION_FLAG, NULL, "one JSON object instead of lines", AT(json), 0, 0},
	{0},
};

const struct option_set doctor_option_set = {
	.command = "onlooker doctor",
	.section = "doctor",
	.rows = rows,
	.about = "Looks at this machine, and at interfaces, and says what would lose packets: one line for every\n"
		 "check, with the command that mends what is wrong. Changes nothing. Status 0 when nothing would\n"
		 "lose packets, 1 when something would.",
};

static const char *const grades[] = {"good", "hint", "FAULT"}, *const json_grades[] = {"good", "hint", "fault"};

static unsigned count(const struct doctor *d, enum doctor_grade grade)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < d->n; i++)
		n += d->lines[i].grade == grade;
	return n;
}

static void print_lines(const struct doctor *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct doctor_line *l = &d->lines[i];
		printf("%-5s  %s%s%-*s  %s%s%s\n", grades[l->grade], l->interface, *l->interface ? " " : "",
		       (int)(26 - strlen(l->interface) - (*l->interface ? 1 : 0)), l->check, l->text,
		       *l->mend ? "  ->  " : "", l->mend);
	}
}

static void print_json(const struct doctor *d)
{
	struct buffer b = {0};
	BUFFER_LITERAL(&b, "{\"checks\": [");
	for (uint32_t i = 0; i < d->n; i++) {
		const struct doctor_line *l = &d->lines[i];
		buffer_text(&b, i ? ",\n  {\"check\": " : "\n  {\"check\": ");
		buffer_json_string(&b, l->check);
		BUFFER_LITERAL(&b, ", \"interface\": ");
		buffer_json_string(&b, *l->interface ? l->interface : NULL);
		buffer_format(&b, ", \"grade\": \"%s\", \"text\": ", json_grades[l->grade]);
		buffer_json_string(&b, l->text);
		BUFFER_LITERAL(&b, ", \"mend\": ");
		buffer_json_string(&b, *l->mend ? l->mend : NULL);
		buffer_char(&b, '}');
	}
	buffer_format(&b, "],\n \"faults\": %u, \"hints\": %u}\n", count(d, DOCTOR_FAULT), count(d, DOCTOR_HINT));
	fwrite(b.data, 1, b.len, stdout);
	buffer_fini(&b);
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_options o = {0};
	struct doctor *d = calloc(1, sizeof *d);
	int status = d ? options_start(&doctor_option_set, argc, argv, &o, &o.common) : 1;
	if (status < 0) {
		doctor_machine(d);
		for (uint32_t i = 0; i < o.interfaces.count; i++)
			doctor_interface(d, o.interfaces.items[i]);
		if (o.json)
			print_json(d);
		else
			print_lines(d);
		status = count(d, DOCTOR_FAULT) > 0;
	}
	options_fini(&doctor_option_set, &o, &o.common);
	free(d);
	return status;
}
