# Plant one defect: rewrite a C file by one edit rule (scripts/mutants/*.rules) and print it.
#
# Variables (in the environment, so that backslashes stay): FUNC, VERB, OLD, NEW.
#   delete   OLD          the statement that begins on the line that contains OLD
#   replace  OLD NEW      the text OLD on one line
#   swap     OLD NEW      the two statements, in this order in the function
#   after    OLD NEW      NEW is added behind the statement that begins on the line with OLD
# OLD must be found exactly once in the function's body. Exit 1 and a word on stderr otherwise.

function fail(text) {
	print text > "/dev/stderr"
	failed = 1
	exit 1
}

# The line in the body that contains `text`.
function find(text,    i, found) {
	for (i = first; i <= last; i++)
		if (index(line[i], text)) {
			if (found)
				fail("'" text "' is found twice in " func_name "()")
			found = i
		}
	if (!found)
		fail("'" text "' is not in " func_name "()")
	return found
}

# Last line of the statement that begins on line i.
function statement_end(i) {
	while (i < last && line[i] !~ /;[ \t]*(\/\*.*)?$/)
		i++
	return i
}

function find_function(    i, j) {
	for (i = 1; i <= n; i++) {
		if (line[i] !~ /^[a-zA-Z_]/ || line[i] ~ /;[ \t]*$/ || !index(line[i], func_name "("))
			continue
		if (line[i] !~ ("(^|[^a-zA-Z0-9_])" func_name "\\("))
			continue
		for (j = i; j <= n && line[j] != "{"; j++)
			if (line[j] ~ /;[ \t]*$/)
				break
		if (line[j] != "{")
			continue
		first = j + 1
		for (last = first; last <= n && line[last] != "}"; last++)
			;
		return
	}
	fail("there is no function " func_name "()")
}

function join_lines(from, to,    i, text) {
	for (i = from; i <= to; i++)
		text = text (i > from ? "\n" : "") line[i]
	return text
}

function blank(from, to,    i) {
	for (i = from; i <= to; i++)
		line[i] = ""
}

{ line[++n] = $0 }

END {
	if (failed)
		exit 1
	func_name = ENVIRON["FUNC"]
	verb = ENVIRON["VERB"]
	old = ENVIRON["OLD"]
	new = ENVIRON["NEW"]
	find_function()
	at = find(old)
	end = statement_end(at)
	if (verb == "delete") {
		blank(at, end)
		line[at] = ";"
	} else if (verb == "replace") {
		where = index(line[at], old)
		line[at] = substr(line[at], 1, where - 1) new substr(line[at], where + length(old))
	} else if (verb == "after") {
		line[end] = line[end] " " new
	} else if (verb == "swap") {
		other = find(new)
		other_end = statement_end(other)
		text = join_lines(at, end)
		line[at] = join_lines(other, other_end)
		if (end > at)
			blank(at + 1, end)
		line[other] = text
		if (other_end > other)
			blank(other + 1, other_end)
	} else {
		fail("unknown verb '" verb "'")
	}
	for (i = 1; i <= n; i++)
		print line[i]
}
