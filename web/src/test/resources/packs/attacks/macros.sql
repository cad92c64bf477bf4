CREATE MACRO pseudo(x) AS sha256('pepper' || x);
