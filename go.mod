module ehlo

go 1.26
