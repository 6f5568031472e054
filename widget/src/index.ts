/** What the loader fetches when somebody reaches for the bell. */

import "./define";
