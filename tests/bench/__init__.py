"""`make bench`: what the site does on this machine, beside a bare Flask page, against what the plan promises."""
